// A real program, and an agent that is played by hand: what Beacon hears, what orders do, and what a lost lease does.

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Agent, AgentCommand, AgentEvent, AgentOptions } from '../../../src/client/agent-options.ts'
import type { ProgramEnd } from '../../../src/client/runner/program.ts'
import { type RunAgentOptions, runAsAgent } from '../../../src/client/runner/run-as-agent.ts'

type Said = AgentEvent | { closed: Parameters<Agent['close']>[0] }

type Played = {
  said: Said[]
  notes: string[]
  ended: Promise<ProgramEnd>
  order(command: AgentCommand['command']): Promise<void>
  connection: NonNullable<AgentOptions['onConnection']>
}

const lease = { connected: true, reason: null, lease_expires_ms: 1 }

async function play(script: string, options: Partial<RunAgentOptions> = {}): Promise<Played> {
  const said: Said[] = []
  const notes: string[] = []
  const given = Promise.withResolvers<AgentOptions>()
  const agent = {
    status: (status: string, metadata = {}) => void said.push({ status, metadata }),
    emit: (event: AgentEvent) => void said.push(event),
    close: async (last: Parameters<Agent['close']>[0]) => void said.push({ closed: last }),
  } as Agent
  const ended = runAsAgent({
    ...unplayed,
    words: ['/bin/sh', '-c', script],
    env: { PATH: process.env.PATH },
    async connect(its) {
      given.resolve(its)
      return agent
    },
    note: (line) => notes.push(line),
    ...options,
  })
  ended.catch(() => {})
  const { onCommand, onConnection } = await given.promise
  return {
    said,
    notes,
    ended,
    order: async (command) =>
      onCommand?.({ command, command_id: 'c', reason: 'why', by: 'ann', shutdown_timeout_ms: 5_000 }),
    connection: (state) => onConnection?.(state),
  }
}

/** Beacon refuses the agent. */
const unplayed: RunAgentOptions = {
  words: ['/bin/sh', '-c', 'exit 0'],
  env: {},
  capture: null,
  agent: { url: '', agent_id: 'a' },
  connect: () => Promise.reject(new Error('the token is not known')),
  pause_signal: false,
  fail_closed: false,
  note: () => {},
  detail: () => {},
}

async function pidOf({ said }: Played): Promise<number> {
  for (;;) {
    const running = said.find((each) => 'status' in each && each.status === 'running') as
      | AgentEvent
      | undefined
    if (running) return running.metadata?.pid as number
    await sleep(10)
  }
}

const stateOf = (pid: number): string =>
  execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })

test('Beacon hears that it runs, and how it ended', async () => {
  const played = await play('exit 7')
  expect(await played.ended).toMatchObject({ exit_code: 7 })
  expect(played.said).toEqual([
    { status: 'running', metadata: { pid: expect.any(Number), program: 'sh' } },
    {
      closed: expect.objectContaining({
        status: 'exited',
        reason: 'exit code 7',
        exit_code: 7,
        signal: null,
      }),
    },
  ])
})

test.each(['terminate', 'revoke'] as const)(
  '%s is acknowledged when it has begun, and ends it',
  async (command) => {
    const played = await play('sleep 1000')
    await pidOf(played)
    await played.order(command)
    expect(await played.ended).toMatchObject({ how: 'terminated', reason: 'ann: why (ended by SIGTERM)' })
    expect(played.notes).toEqual([`${command} by ann: why`])
  },
)

test('a pause is reported, and with --pause-signal stops its processes until it is resumed', async () => {
  const played = await play('sleep 1000', { pause_signal: true })
  const pid = await pidOf(played)
  await played.order('pause')
  await played.order('pause')
  while (!stateOf(pid).startsWith('T')) await sleep(10)
  await played.order('resume')
  expect(played.said.slice(1)).toEqual([
    { status: 'paused', metadata: { by: 'ann', reason: 'why', processes_stopped: true } },
    { status: 'running', metadata: { by: 'ann', reason: 'why', processes_stopped: false } },
  ])
  await played.order('terminate')
  await played.ended
})

test('a program runs without Beacon, and when Beacon refuses it', async () => {
  const notes: string[] = []
  const refused = await runAsAgent({ ...unplayed, note: (line) => notes.push(line) })
  expect(refused).toMatchObject({ how: 'stopped', exit_code: 0 })
  expect(notes).toEqual(['runs without Beacon: the token is not known'])
  const away = await play('sleep 0.1')
  away.connection({ connected: false, reason: 'gone', lease_expires_ms: 1 })
  expect(await away.ended).toMatchObject({ how: 'stopped', exit_code: 0 })
})

test('fail-closed, it does not start before it has a lease', async () => {
  const played = await play('exit 0', { fail_closed: true })
  await new Promise((resolve) => setImmediate(resolve))
  expect(played.said).toEqual([])
  played.connection(lease)
  expect(await played.ended).toMatchObject({ exit_code: 0 })
})

test('fail-closed, it ends with its lease while Beacon is away, and not when Beacon is back in time', async () => {
  const played = await play('sleep 1000', { fail_closed: true })
  played.connection(lease)
  await pidOf(played)
  played.connection({ connected: false, reason: 'gone', lease_expires_ms: Date.now() + 3_600_000 })
  played.connection(lease)
  expect(played.notes).toEqual(['Beacon is away: gone'])
  played.connection({ connected: false, reason: 'gone', lease_expires_ms: Date.now() - 1 })
  expect(await played.ended).toMatchObject({ how: 'terminated', signal: 'SIGTERM' })
})

test('fail-closed, what Beacon refuses is why it does not start', async () => {
  await expect(runAsAgent({ ...unplayed, fail_closed: true })).rejects.toThrow('the token is not known')
})
