// Runs a program as an agent: registered, heard of, paused and ended by Beacon, and otherwise as if nobody watched.

import type { Writable } from 'node:stream'
import { BeaconError } from '../../core/errors.ts'
import type { Agent, AgentOptions } from '../agent-options.ts'
import { guardLease } from './lease-guard.ts'
import { obeyOrders } from './obey-orders.ts'
import { type Program, type ProgramEnd, startProgram } from './program.ts'

export type RunAgentOptions = {
  /** Program and arguments. */
  words: [string, ...string[]]
  env: NodeJS.ProcessEnv
  /** Each line that the program prints becomes an event of kind `log`, on its way to these. */
  capture: { stdout: Writable; stderr: Writable } | null
  agent: Omit<AgentOptions, 'metrics' | 'onCommand' | 'onConnection'>
  connect(options: AgentOptions): Promise<Agent>
  /** A pause stops the program's processes; otherwise it is only reported. */
  pause_signal: boolean
  /** The program starts only with a lease, and ends when the lease does. */
  fail_closed: boolean
  /** A line for the person who started it … */
  note(line: string): void
  /** … and one for who asked for more. */
  detail(line: string): void
}

/** Time for the goodbye, and for what is still to be stored; the rest stays in the spool. */
const goodbye_ms = 2_000
/** So long a fail-closed run waits for its first lease. */
const first_lease_ms = 10_000
const fail_closed_grace_ms = 5_000

/**
 * Resolves when the program and all that it started have ended. Rejects with the system's error when it cannot be started,
 * and when it may not, for want of a lease, with daemon_unreachable or what Beacon refused.
 */
export async function runAsAgent(options: RunAgentOptions): Promise<ProgramEnd> {
  const { words, env, capture, note } = options
  const started = Promise.withResolvers<Program>()
  const leased = Promise.withResolvers<true>()
  // Somebody may wait for them; nobody has to.
  for (const { promise } of [started, leased]) promise.catch(() => {})
  const tell = tellConnection(options)
  const guard = guardLease(Date.now, () => {
    const sentence = { by: 'beacon run', reason: 'the lease ran out while Beacon was away' }
    note(sentence.reason)
    void started.promise.then((program) => program.end(sentence, fail_closed_grace_ms))
  })
  const connecting: Promise<Agent | undefined> = options
    .connect({
      ...options.agent,
      metrics: async () => await (await started.promise).measure(),
      onCommand: obeyOrders({ ...options, program: started.promise, agent: () => connecting }),
      onConnection(state) {
        tell(state)
        if (state.connected) leased.resolve(true)
        if (options.fail_closed) guard.hear(state)
      },
    })
    .catch((error: Error) => {
      if (options.fail_closed) leased.reject(error)
      else note(`runs without Beacon: ${error.message}`)
      return undefined
    })
  const onLine = (stream: string, message: string): void =>
    void connecting.then((agent) => agent?.emit({ kind: 'log', status: stream, metadata: { message } }))
  try {
    if (options.fail_closed && !(await within(leased.promise, first_lease_ms)))
      throw new BeaconError('daemon_unreachable', 'no lease was given, so the program was not started')
    const program = await startProgram({ words, env, capture: capture && { ...capture, onLine } })
    started.resolve(program)
    const { pid, name } = program
    void connecting.then((agent) => agent?.status('running', { pid, program: name }))
    const end = await program.ended
    await sayGoodbye(connecting, end)
    return end
  } catch (error) {
    started.reject(error)
    const reason = (error as Error).message
    await sayGoodbye(connecting, { how: 'exited', reason, exit_code: null, signal: null })
    throw error
  } finally {
    guard.stop()
  }
}

type Connection = Parameters<NonNullable<AgentOptions['onConnection']>>[0]

/** Tells when it changes: the first time that Beacon is away to everybody, after it only to who asks. */
function tellConnection({ note, detail }: RunAgentOptions): (connection: Connection) => void {
  let before: boolean | undefined
  let tell = note
  return ({ connected, reason }) => {
    if (connected === before) return
    before = connected
    if (connected) return detail('connected')
    tell(`Beacon is away: ${reason ?? 'no reason is known'}`)
    tell = detail
  }
}

async function sayGoodbye(connecting: Promise<Agent | undefined>, end: ProgramEnd): Promise<void> {
  const { how, reason, exit_code, signal } = end
  const agent = await within(connecting, goodbye_ms)
  await agent?.close({ status: how, reason, exit_code, signal, timeout_ms: goodbye_ms })
}

/** Undefined when the time is over first. */
async function within<T>(promise: Promise<T>, limit_ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit_ms)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
