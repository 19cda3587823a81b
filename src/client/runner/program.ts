// A program that runs as an agent, with everything that it starts: from its start to the end of the last of its processes.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { AgentMetrics } from '../../core/installation.ts'
import { captureLines } from './capture-lines.ts'
import { endGroup } from './end-group.ts'
import { forwardSignals } from './forward-signals.ts'
import { meterGroup } from './group-usage.ts'
import { signalGroup } from './process-group.ts'

export type ProgramOptions = {
  /** Program and arguments; the program is looked for on the path. */
  words: [string, ...string[]]
  env: NodeJS.ProcessEnv
  /** Where its output goes when it is read along; null: it has the runner's own. */
  capture: {
    stdout: Writable
    stderr: Writable
    onLine(stream: 'stdout' | 'stderr', text: string): void
  } | null
}

export type Program = {
  /** Also the id of its group and session. */
  pid: number
  /** Without its folder and arguments, which may hold secrets. */
  name: string
  measure(): Promise<AgentMetrics>
  /** SIGSTOP or SIGCONT for all its processes. */
  halt(stopped: boolean): Promise<void>
  /** SIGTERM, and SIGKILL after `timeout_ms`; said twice, the first counts. */
  end(sentence: Sentence, timeout_ms: number): void
  /** Never rejects. */
  ended: Promise<ProgramEnd>
}

/** Who ends it, and why. */
export type Sentence = { by: string; reason: string }

export type ProgramEnd = {
  /** The last status: by itself without and with a failure, by a signal, by an order. */
  how: 'stopped' | 'exited' | 'killed' | 'terminated'
  /** In words. */
  reason: string
  exit_code: number | null
  signal: NodeJS.Signals | null
}

/** Time for what a program leaves behind when it ends by itself. */
const leftover_ms = 5_000

/** Rejects with the system's error (ENOENT, EACCES, …) when the program cannot be started. */
export async function startProgram({ words, env, capture }: ProgramOptions): Promise<Program> {
  const [file, ...args] = words
  const output = capture ? 'pipe' : 'inherit'
  const child = spawn(file, args, { detached: true, env, stdio: ['inherit', output, output] })
  // Listened to before the first wait: a short program may have ended by then.
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  exited.catch(() => {})
  await once(child, 'spawn')
  const pid = child.pid as number
  const unforward = forwardSignals(pid)
  const captured = capture && captureOutput(child, capture)
  let sentence: Sentence | undefined
  let ending: Promise<number> | undefined

  async function untilAllEnded(): Promise<ProgramEnd> {
    const [exit_code, signal] = await exited
    // Nothing of an agent outlives it: what it left behind nobody could stop any more.
    const left = await (ending ?? endGroup(pid, leftover_ms))
    unforward()
    await captured
    return describeEnd({ exit_code, signal, left }, sentence)
  }

  return {
    pid,
    name: basename(file),
    measure: meterGroup(pid, () => performance.now()),
    halt: async (stopped) => await signalGroup(pid, stopped ? 'SIGSTOP' : 'SIGCONT'),
    end(by, timeout_ms) {
      if (ending !== undefined) return
      sentence = by
      ending = endGroup(pid, timeout_ms)
    },
    ended: untilAllEnded(),
  }
}

async function captureOutput(
  { stdout, stderr }: ChildProcess,
  { onLine, ...sinks }: NonNullable<ProgramOptions['capture']>,
): Promise<void> {
  await Promise.all([
    captureLines(stdout as Readable, sinks.stdout, (text) => onLine('stdout', text)),
    captureLines(stderr as Readable, sinks.stderr, (text) => onLine('stderr', text)),
  ])
}

function describeEnd(
  { left, ...result }: Pick<ProgramEnd, 'exit_code' | 'signal'> & { left: number },
  sentence: Sentence | undefined,
): ProgramEnd {
  const { exit_code, signal } = result
  const ended = signal === null ? `exit code ${exit_code}` : `ended by ${signal}`
  const reason = left === 0 ? ended : `${ended}, ${left} of its processes could not be ended`
  if (sentence)
    return { how: 'terminated', reason: `${sentence.by}: ${sentence.reason} (${reason})`, ...result }
  if (signal !== null) return { how: 'killed', reason, ...result }
  return { how: exit_code === 0 ? 'stopped' : 'exited', reason, ...result }
}
