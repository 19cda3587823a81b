// Commands from the screen, in a real pseudo-terminal, against a real daemon; the agents are this test, over HTTP.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { HeartbeatAnswer, RegisterAnswer } from '../../../src/core/installation.ts'
import { startTestDaemon, type TestDaemon } from '../../kit/daemon.ts'
import { beacon } from '../../kit/run-beacon.ts'
import { type Session, startSession } from '../pty-session.ts'

let daemon: TestDaemon
let session: Session | undefined

beforeAll(async () => {
  daemon = await startTestDaemon()
}, 60_000)

afterEach(async () => {
  session?.child.kill('SIGKILL')
  await session?.ended
  session = undefined
})

afterAll(async () => {
  await daemon.dispose()
})

function start(...args: string[]): Session {
  session = startSession(['top', ...args], { home: daemon.home.root, columns: 140, rows: 40 })
  return session
}

async function post<Answer>(path: string, body: object, token?: string): Promise<Answer> {
  const answer = await fetch(`${daemon.url()}/api/v1/installations${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBeLessThan(300)
  return (await answer.json()) as Answer
}

const register = (agent_id: string): Promise<RegisterAnswer> =>
  post('', { agent_id, platform: { type: 'docker', container_id: 'c0ffee' } })
const heartbeat = (
  { installation_id, runtime_token }: RegisterAnswer,
  acknowledged: string[] = [],
): Promise<HeartbeatAnswer> =>
  post(`/${installation_id}/heartbeat`, { status: 'running', acknowledged }, runtime_token)

test('a kill from the screen: each step is seen as it is taken, and the agent view tells lease and platform', async () => {
  const agent = await register('victim')
  await heartbeat(agent)
  const top = start('--where', 'victim')
  await top.shows('1–1 of 1')
  top.press('j\r')
  await top.shows(/lease +ends in \d+m \d\ds/)
  await top.shows(/runs in +docker {2}container_id: c0ffee/)
  top.press('K')
  await top.shows('1 agent, 1 installation')
  top.press('spends too much\r')
  await top.shows('type victim to kill')
  top.press('victim\r')
  await top.shows(/victim .*… requested/)

  const { command, command_id, reason } = await heartbeat(agent)
  expect({ command, reason }).toEqual({ command: 'terminate', reason: 'spends too much' })
  await top.shows(/victim .*heartbeat.*… delivered/)
  await heartbeat(agent, [command_id ?? ''])
  await top.shows(/… acknowledged/)
  await post(`/${agent.installation_id}/shutdown`, { reason: 'told to' }, agent.runtime_token)
  await top.shows(/✓ gone/)
  top.press('\u001b8')
  await top.shows(/kill +victim +1 .*✓ all done +spends too much/)
  top.press('q')
  expect((await top.ended).exitCode).toBe(0)
  await top.expectRestored()
})

test('marked agents are paused together: the count confirms it', async () => {
  const agents = await Promise.all(['pair-1', 'pair-2'].map(register))
  await Promise.all(agents.map((agent) => heartbeat(agent)))
  const top = start('--where', 'pair-')
  await top.shows('1–2 of 2')
  top.press('j j ')
  await top.shows('2 marked')
  top.press('P')
  await top.shows('2 agents, 2 installations')
  top.press('too much at once\r2\r')
  await top.shows(/pause 2 agents[\s\S]*2 orders/)
  for (const agent of agents) {
    const { command, command_id } = await heartbeat(agent)
    expect(command).toBe('pause')
    await heartbeat(agent, [command_id ?? ''])
  }
  await top.shows(/acknowledged 2/)
})

test('with --readonly there is nothing to order, and the commands are still shown', async () => {
  await heartbeat(await register('safe'))
  const top = start('--readonly', '--where', 'safe')
  await top.shows('1–1 of 1')
  top.press('jK')
  await top.shows('read-only: nothing is to kill here')
  top.press('8')
  await top.shows(/live/)
  expect(top.text()).not.toContain('kill agents')
})

test('--once prints the commands, for people and for programs', async () => {
  const home = daemon.home.root
  const text = await beacon(['top', '--once', '--view', 'control'], { home })
  expect(text.stdout).toMatch(/kill +victim .*spends too much/)
  const json = await beacon(['top', '--once', '--view', 'control', '-o', 'json'], { home })
  expect(JSON.parse(json.stdout).commands).toContainEqual(
    expect.objectContaining({ command: 'terminate', reason: 'spends too much', gone: 1 }),
  )
})
