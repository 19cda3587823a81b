// `beacon kill`, `pause` and `resume` as an operator runs them, on agents of the SDK that are connected to a real daemon.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectAgent } from '../../src/client/agent.ts'
import type { Agent, AgentCommand } from '../../src/client/agent-options.ts'
import type { HeartbeatAnswer, RegisterAnswer } from '../../src/core/installation.ts'
import type { CommandsDocument, Order } from '../../src/core/order.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'
import { startSession } from '../tui/pty-session.ts'

let daemon: TestDaemon
let home: string
const agents: Agent[] = []

beforeAll(async () => {
  daemon = await startTestDaemon({ config: { gateways: 1, durability: 'fast' } })
  home = daemon.home.root
}, 60_000)
afterEach(() => Promise.all(agents.splice(0).map((agent) => agent.close())))
afterAll(() => daemon?.dispose())

const run = (args: string | string[]) => beacon(args, { home })

type Obedient = { agent: Agent; heard: AgentCommand[] }

/** An agent that says goodbye when it is told to end; `deaf` never answers. */
async function connect(agent_id: string, { deaf = false } = {}): Promise<Obedient> {
  const heard: AgentCommand[] = []
  const agent: Agent = await connectAgent({
    url: daemon.url(),
    agent_id,
    heartbeat_interval_ms: 60_000,
    async onCommand(command) {
      heard.push(command)
      if (deaf) return await new Promise<void>(() => {})
      // After the acknowledgement, as a program ends.
      if (command.command === 'terminate' || command.command === 'revoke')
        setTimeout(() => void agent.close({ reason: 'told to' }), 20)
    },
  })
  agents.push(agent)
  expect(agent.connected).toBe(true)
  return { agent, heard }
}

const stepsIn = (stdout: string): string[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/).slice(0, 2).join(' '))

const seen = async (agent: string): Promise<void> => {
  await eventually(
    `${agent} in the picture`,
    async () => (await run(`agent ${agent}`)).code === 0 || undefined,
  )
}

describe('one agent', () => {
  test('is ended, each step is shown in its order, and the audit tells the same', async () => {
    const { heard } = await connect('killed-1')
    const { code, stdout, stderr } = await run(['kill', 'killed-1', '--reason', 'spends too much'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stepsIn(stdout)).toEqual([
      'killed-1 requested',
      'killed-1 delivered',
      'killed-1 acknowledged',
      'killed-1 gone',
    ])
    expect(stdout).toContain('terminate: spends too much')
    expect(heard).toMatchObject([
      { command: 'terminate', reason: 'spends too much', shutdown_timeout_ms: 3_000 },
    ])
    const audit = await eventually('the audit', async () => {
      const lines = (await run('query kind:command --agent killed-1 -o jsonl')).stdout.trimEnd().split('\n')
      return lines.length === 4 ? lines.map((line) => JSON.parse(line) as { status: string }) : undefined
    })
    expect(audit.map(({ status }) => status)).toEqual(['requested', 'delivered', 'acknowledged', 'gone'])
    expect(JSON.stringify(audit[0])).toContain('spends too much')
  })

  test('that was ended before is gone already: 0', async () => {
    await connect('killed-2')
    expect((await run('kill killed-2 --reason first')).code).toBe(0)
    const { code, stdout } = await run('kill killed-2 --reason again')
    expect(code).toBe(0)
    expect(stdout).toContain('was gone before')
  })

  test('that nobody heard of: 3, and the id that was meant', async () => {
    await connect('worker-17')
    await seen('worker-17')
    const { code, stdout, stderr } = await run('kill worker-71 --reason typo')
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain("no agent 'worker-71' was heard of")
    expect(stderr).toContain('worker-17')
  })

  test('that does not answer: 1 in time, and the step that it got to', async () => {
    await connect('deaf-1', { deaf: true })
    const { code, stdout, stderr } = await run('kill deaf-1 --reason test --timeout 500ms')
    expect(code).toBe(1)
    expect(stepsIn(stdout)).toEqual(['deaf-1 requested', 'deaf-1 delivered'])
    expect(stderr).toContain('1 of 1: deaf-1 delivered')
  })

  test('is paused and goes on, and says so each time', async () => {
    const { heard } = await connect('paused-1')
    const paused = await run('pause paused-1 --reason look')
    expect(paused.code).toBe(0)
    expect(stepsIn(paused.stdout).at(-1)).toBe('paused-1 acknowledged')
    expect((await run('resume paused-1 --reason fine')).code).toBe(0)
    expect(heard.map(({ command, reason }) => [command, reason])).toEqual([
      ['pause', 'look'],
      ['resume', 'fine'],
    ])
  })

  test('is told with --revoke that its tokens end', async () => {
    const { heard } = await connect('revoked-1')
    const { stdout } = await run('kill revoked-1 --revoke --reason leaked --timeout 1s')
    expect(stepsIn(stdout).slice(0, 3)).toEqual([
      'revoked-1 requested',
      'revoked-1 delivered',
      'revoked-1 acknowledged',
    ])
    expect(heard).toMatchObject([{ command: 'revoke', reason: 'leaked' }])
  })
})

describe('several agents', () => {
  test('are not met where nobody can be asked, unless --yes says so', async () => {
    const both = [await connect('several-1'), await connect('several-2')]
    const refused = await run('kill several-1 several-2 --reason test')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('Add --yes')
    expect(both.map(({ heard }) => heard.length)).toEqual([0, 0])
    const { code, stdout } = await run('kill several-1 several-2 --reason test --yes -o json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'beacon.command.v1',
      dry_run: false,
      confirmed: 2,
      scope: { kind: 'agents', targets: 2 },
      unknown: [],
    })
    expect(both.map(({ heard }) => heard.length)).toEqual([1, 1])
  })

  test('are met on a terminal when their number is typed, and only then', async () => {
    const both = [await connect('asked-1'), await connect('asked-2')]
    const ask = async (typed: string) => {
      const session = startSession(['kill', 'asked-1', 'asked-2', '--reason', 'test'], { home })
      await session.shows('Terminate 2 agents? It cannot be undone. Type 2 to go on:')
      session.press(typed)
      return { ...(await session.ended), text: session.text() }
    }
    for (const typed of ['y\r', '\r', '\u0004']) {
      const { exitCode, text } = await ask(typed)
      expect(exitCode).toBe(1)
      expect(text).toContain('Nothing was done.')
    }
    expect((await ask('\u0003')).exitCode).toBe(130)
    expect(both.map(({ heard }) => heard.length)).toEqual([0, 0])
    expect((await ask('2\r')).exitCode).toBe(0)
    expect(both.map(({ heard }) => heard.length)).toEqual([1, 1])
  })

  test('one of which nobody heard of: the others are ended all the same, and 3', async () => {
    const { heard } = await connect('known-1')
    const { code, stderr } = await run('kill known-1 nobody-1 --reason test')
    expect(code).toBe(3)
    expect(stderr).toContain("no agent 'nobody-1' was heard of")
    expect(heard).toHaveLength(1)
  })

  test('--where meets those that match and are there, --dry-run only shows them', async () => {
    const [first, second, other] = await Promise.all(
      ['crowd-1', 'crowd-2', 'lonely-1'].map((id) => connect(id)),
    )
    await Promise.all(['crowd-1', 'crowd-2', 'lonely-1'].map(seen))
    const dry = await run('kill --where agent:crowd-* --reason test --dry-run -o csv')
    expect(dry.code).toBe(0)
    expect(dry.stdout).toMatch(
      /^agent_id,installation_id,would\r\ncrowd-1,\S+,terminate\r\ncrowd-2,\S+,terminate\r\n$/,
    )
    expect(first?.heard).toEqual([])
    expect((await run('kill --where agent:crowd-* --reason test --yes')).code).toBe(0)
    expect([first, second, other].map((each) => each?.heard.length)).toEqual([1, 1, 0])
    const again = await run('kill --where agent:crowd-* --reason test --yes')
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: 'All agents that match are gone already.\n' })
    expect((await run('kill --where agent:nowhere-* --reason test')).code).toBe(3)
  })

  test('jsonl is a line for each step of each order', async () => {
    await connect('lines-1')
    const { stdout } = await run('kill lines-1 --reason test -o jsonl')
    const orders = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Order)
    expect(orders.at(-1)).toMatchObject({ schema: 'beacon.order.v1', agent_id: 'lines-1', outcome: 'gone' })
  })
})

test('an order outlives the daemon: the agent hears it with its next heartbeat', async () => {
  const post = async <Answer>(path: string, body: object, token = ''): Promise<Answer> => {
    const answer = await fetch(`${daemon.url()}/api/v1/installations${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    })
    expect(answer.ok).toBe(true)
    return (await answer.json()) as Answer
  }
  const { installation_id: id, runtime_token } = await post<RegisterAnswer>('', { agent_id: 'away-1' })
  const { code, stderr } = await run('kill away-1 --reason later --timeout 300ms')
  expect(code).toBe(1)
  expect(stderr).toContain('1 of 1: away-1 requested')
  await daemon.stop()
  await daemon.start()
  const beat = await post<HeartbeatAnswer>(`/${id}/heartbeat`, { status: 'running' }, runtime_token)
  expect(beat).toMatchObject({ command: 'terminate', reason: 'later' })
  await post(`/${id}/shutdown`, { reason: 'told to' }, runtime_token)
  await eventually('the end of the order', async () => {
    const list = (await (await fetch(`${daemon.url()}/api/v1/commands?limit=1`)).json()) as CommandsDocument
    const [command] = list.commands
    return (command?.command_id === beat.command_id && command?.gone === 1) || undefined
  })
})

test.each([
  ['kill --reason test', 'name agents, or --where, or --all'],
  ['kill a --all --reason test', 'one of them'],
  ['kill a', '--reason TEXT is missing'],
  ['kill a --reason=', 'says nothing'],
  ['pause a b --installation i --reason test', '--installation is of one agent'],
  ['kill a --reason test --timeout soon', 'is no duration'],
])('%s is wrong usage', async (args, says) => {
  const { code, stderr } = await beacon(args, { home: makeHome() })
  expect(code).toBe(2)
  expect(stderr).toContain(says)
})

test('without a daemon it ends with 4', async () => {
  expect((await beacon('kill a --reason test', { home: makeHome() })).code).toBe(4)
})
