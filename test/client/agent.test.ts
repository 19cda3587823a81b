// The agents' SDK against a door in the test's hand: what it says, keeps, repeats and obeys.

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectAgent } from '../../src/client/agent.ts'
import type { Agent, AgentCommand, AgentOptions } from '../../src/client/agent-options.ts'
import { eventually } from '../kit/supervised-home.ts'
import { type FakeDoor, openFakeDoor, problem } from './fake-door.ts'

let door: FakeDoor & { close(): Promise<void> }
let folder: string
const agents: Agent[] = []

beforeEach(async () => {
  door = await openFakeDoor()
  folder = mkdtempSync(join(tmpdir(), 'beacon-agent-'))
})

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close({ timeout_ms: 500 })))
  await door.close()
  rmSync(folder, { recursive: true, force: true })
})

async function connect(options: Partial<AgentOptions> = {}): Promise<Agent> {
  const agent = await connectAgent({ url: () => door.url, agent_id: 'agent-1', ...options })
  agents.push(agent)
  return agent
}

const statuses = () => door.events().map(({ status }) => status)

describe('an installation', () => {
  test('is made with the install token, and used with the runtime token', async () => {
    const agent = await connect({ token: 'install', metadata: { role: 'builder' } })
    expect(agent).toMatchObject({ connected: true, installation_id: 'installation-1' })
    await agent.heartbeat()
    expect(door.told.find(({ path }) => path === '/api/v1/installations')?.token).toBe('install')
    expect(door.told.find(({ path }) => path.endsWith('heartbeat'))?.token).toBe('runtime-1')
    expect(door.registrations()[0]).toMatchObject({
      agent_id: 'agent-1',
      heartbeat_interval_seconds: 60,
      metadata: { role: 'builder' },
      platform: { type: expect.any(String) },
    })
  })

  test('that is refused rejects with what Beacon says', async () => {
    door.instead = () => problem(401, 'token_invalid')
    await expect(connect({ token: 'wrong' })).rejects.toMatchObject({ code: 'token_invalid' })
  })

  test('goes on after a restart with the credentials that were kept, and needs no install token', async () => {
    await (await connect({ folder, token: 'install' })).close()
    const agent = await connect({ folder })
    expect(agent.installation_id).toBe('installation-1')
    expect(door.registrations()[1]).toMatchObject({
      installation_id: 'installation-1',
      refresh_token: 'refresh-1',
    })
    expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600)
  })

  test('that was terminated does not come back: a restart makes a new one', async () => {
    await (await connect({ folder })).close()
    door.instead = (path, { body }) =>
      path === '/api/v1/installations' && body.includes('refresh')
        ? problem(409, 'installation_ended')
        : undefined
    expect((await connect({ folder })).installation_id).toBe('installation-2')
  })

  test('of another agent id in the same folder is not used', async () => {
    await (await connect({ folder })).close()
    expect((await connect({ folder, agent_id: 'agent-2' })).installation_id).toBe('installation-2')
  })

  test('keeps refreshed tokens, and uses them from then on', async () => {
    const agent = await connect({ folder })
    const refreshed = { runtime_token: 'new', refresh_token: 'newer', token_version: 9, expires_at: '' }
    door.say = { refreshed_token: refreshed }
    await agent.heartbeat()
    door.say = {}
    await agent.heartbeat()
    expect(door.told.findLast(({ path }) => path.endsWith('heartbeat'))?.token).toBe('new')
    expect(JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'))).toMatchObject({
      refresh_token: 'newer',
    })
  })

  test('whose runtime token expired is recovered with the refresh token', async () => {
    const agent = await connect()
    door.instead = (path, { token }) =>
      path.endsWith('heartbeat') && token === 'runtime-1' ? problem(401, 'token_expired') : undefined
    await agent.heartbeat()
    expect(agent).toMatchObject({ connected: true, installation_id: 'installation-1' })
    expect(door.registrations()).toHaveLength(2)
  })

  test('that Beacon lost is made anew', async () => {
    const agent = await connect()
    door.instead = (path, { body }) =>
      path.endsWith('heartbeat') || body.includes('refresh')
        ? problem(404, 'installation_not_found')
        : undefined
    await agent.heartbeat()
    expect(agent).toMatchObject({ connected: true, installation_id: 'installation-2' })
  })
})

describe('a heartbeat', () => {
  test('carries what the agent measures', async () => {
    const agent = await connect({ metrics: () => ({ requests_handled: 7 }) })
    agent.status('working')
    await agent.heartbeat()
    expect(door.heartbeats()).toMatchObject([
      { status: 'working', metrics: { requests_handled: 7 }, uptime_seconds: 0 },
    ])
  })

  test.each([
    ['throw', () => Promise.reject(new Error('no metrics today'))],
    ['are no numbers', () => ({ load: 'high' as unknown as number })],
  ])('goes out without metrics that %s', async (_how, metrics) => {
    const warned = once(process, 'warning')
    const agent = await connect({ metrics })
    await agent.heartbeat()
    expect(door.heartbeats()).toHaveLength(1)
    expect(door.heartbeats()[0]).not.toHaveProperty('metrics')
    expect(String(await warned)).toContain('BeaconAgentWarning')
  })

  test('renews the lease, which runs out by the clock while Beacon is away', async () => {
    const states: Parameters<NonNullable<AgentOptions['onConnection']>>[0][] = []
    const agent = await connect({
      heartbeat_interval_ms: 1_000,
      onConnection: (state) => void states.push(state),
    })
    const lease = states.at(-1)?.lease_expires_ms ?? 0
    expect(lease - Date.now()).toBeGreaterThan(4_000)
    await agent.heartbeat()
    expect(states.at(-1)?.lease_expires_ms).toBeGreaterThanOrEqual(lease)
    const held = states.at(-1)?.lease_expires_ms
    await door.away()
    await agent.heartbeat()
    expect(states.at(-1)).toMatchObject({ connected: false, lease_expires_ms: held })
    await door.back()
    await eventually('the connection', () => agent.connected)
  })
})

test.each([
  ['an agent id that is empty', { agent_id: '' }],
  ['an interval below a second', { heartbeat_interval_ms: 10 }],
])('%s is wrong usage, whether Beacon is there or not', async (_what, options) => {
  await expect(connect(options)).rejects.toMatchObject({ code: 'usage' })
  expect(door.told).toEqual([])
})

describe('events', () => {
  test('are numbered from 1 in one run, and arrive in order', async () => {
    const agent = await connect()
    for (let i = 1; i <= 5_000; i++) agent.emit({ status: `step ${i}`, kind: 'log' })
    expect(await agent.flush()).toBe(true)
    expect(door.events().map(({ agent_seq }) => agent_seq)).toEqual(
      Array.from({ length: 5_000 }, (_, i) => i + 1),
    )
    expect(new Set(door.events().map(({ run }) => run)).size).toBe(1)
    expect(agent.counts()).toEqual({ stored: 5_000, waiting: 0, spooled_bytes: 0, dropped: 0, refused: 0 })
  })

  test('wait while Beacon is away, and follow in order when it is back', async () => {
    const agent = await connect()
    agent.status('one')
    await agent.flush()
    await door.away()
    agent.status('two')
    agent.status('three')
    expect(await agent.flush(100)).toBe(false)
    await door.back()
    expect(await agent.flush()).toBe(true)
    expect(statuses()).toEqual(['one', 'two', 'three'])
  })

  test('that were not stored before the end are sent by the next process, before its own', async () => {
    const first = await connect({ folder })
    await door.away()
    first.status('one')
    first.status('two')
    await first.close({ timeout_ms: 300 })
    await door.back()
    const second = await connect({ folder })
    second.status('three')
    expect(await second.flush()).toBe(true)
    expect(statuses()).toEqual(['one', 'two', 'three'])
    expect(door.events()[2]?.agent_seq).toBe(1)
  })

  test('beyond the bound push out the oldest, which are counted', async () => {
    await door.away()
    const agent = await connect({ spool_bytes_max: 4_096 })
    expect(agent.connected).toBe(false)
    for (let i = 1; i <= 100; i++) agent.status(`step ${i}`)
    const { waiting, dropped, spooled_bytes } = agent.counts()
    expect(waiting + dropped).toBe(100)
    expect(spooled_bytes).toBeLessThanOrEqual(4_096)
    await door.back()
    expect(await agent.flush()).toBe(true)
    expect(statuses()).toEqual(Array.from({ length: waiting }, (_, i) => `step ${dropped + i + 1}`))
  })

  test('that Beacon took before it got stuck are not sent again', async () => {
    const agent = await connect()
    let stuck = true
    door.instead = (path) => {
      if (path !== '/ingest/state' || !stuck) return undefined
      stuck = false
      const said = { accepted: 1, rejected: 1, errors: [{ index: 0 }], not_stored: [[2, 2]] }
      return { status: 503, body: { ...problem(503, 'overloaded').body, ...said } }
    }
    // While it is away all three gather, to be sent in one body.
    await door.away()
    for (const status of ['bad', 'good', 'late']) agent.status(status)
    await door.back()
    expect(await agent.flush()).toBe(true)
    expect(statuses()).toEqual(['late'])
    expect(agent.counts()).toMatchObject({ stored: 2, refused: 1, waiting: 0 })
  })

  test('that make a whole body unreadable are found and left out, and hold up no other', async () => {
    await door.away()
    const agent = await connect()
    for (let i = 1; i <= 9; i++) agent.status(i === 4 ? 'poison' : `step ${i}`)
    door.instead = (path, { body }) =>
      path === '/ingest/state' && body.includes('poison') ? problem(400, 'body_not_json') : undefined
    await door.back()
    expect(await agent.flush()).toBe(true)
    expect(statuses()).toEqual([1, 2, 3, 5, 6, 7, 8, 9].map((i) => `step ${i}`))
    expect(agent.counts()).toMatchObject({ stored: 8, refused: 1 })
  })

  test('with a wrong field are refused here, and use up no number', async () => {
    const agent = await connect()
    expect(() => agent.status('x'.repeat(65))).toThrow('status has 65 characters')
    agent.status('fine')
    await agent.flush()
    expect(door.events()).toMatchObject([{ status: 'fine', agent_seq: 1 }])
  })
})

describe('commands', () => {
  test('that are pushed are acknowledged when the handler is done', async () => {
    const seen: AgentCommand[] = []
    await connect({ onCommand: (command) => void seen.push(command) })
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'terminate', reason: 'enough' })
    await eventually('an acknowledgement', () => door.acks().length === 1)
    expect(door.acks()).toEqual([{ command_id: 'c1', outcome: 'done' }])
    expect(seen).toEqual([
      { command: 'terminate', command_id: 'c1', reason: 'enough', by: 'ann', shutdown_timeout_ms: 5_000 },
    ])
  })

  test('come once, however often and by however many ways they are said', async () => {
    const seen: string[] = []
    const agent = await connect({ onCommand: ({ command_id }) => void seen.push(command_id) })
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'pause', reason: 'a' })
    await eventually('an acknowledgement', () => door.acks().length > 0)
    door.push({ command_id: 'c1', command: 'pause', reason: 'a' })
    door.say = { command: 'pause', command_id: 'c1', reason: 'a' }
    await agent.heartbeat()
    await agent.heartbeat()
    expect(seen).toEqual(['c1'])
  })

  test('whose handler fails are reported as failed, with its words', async () => {
    await connect({ onCommand: () => Promise.reject(new Error('in the middle of something')) })
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'pause', reason: 'a' })
    await eventually('an acknowledgement', () => door.acks().length === 1)
    expect(door.acks()[0]).toMatchObject({ outcome: 'failed', detail: 'in the middle of something' })
  })

  test('a pause is told with the next heartbeats, until the resume', async () => {
    const agent = await connect({ onCommand() {} })
    agent.status('working')
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'pause', reason: 'a' })
    await eventually('a paused heartbeat', () => door.heartbeats().at(-1)?.status === 'paused')
    door.push({ command_id: 'c2', command: 'resume', reason: 'a' })
    await eventually('a working heartbeat', () => door.heartbeats().at(-1)?.status === 'working')
    expect(agent.connected).toBe(true)
  })

  test('an acknowledgement that did not arrive goes with the next heartbeat', async () => {
    door.instead = (path) => (/commands\/c1$/.test(path) ? problem(503, 'overloaded') : undefined)
    const agent = await connect({ onCommand() {} })
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'terminate', reason: 'a' })
    await eventually('an acknowledgement', () => door.acks().length === 1)
    await agent.heartbeat()
    await agent.heartbeat()
    expect(door.heartbeats().map(({ acknowledged }) => acknowledged)).toEqual([['c1'], []])
  })

  test('go on when the stream was cut', async () => {
    const seen: string[] = []
    await connect({ onCommand: ({ command_id }) => void seen.push(command_id) })
    await eventually('a stream', () => door.streams === 1)
    door.endStreams()
    await eventually('the end of the stream', () => door.streams === 0)
    await eventually('a stream', () => door.streams === 1)
    door.push({ command_id: 'c1', command: 'pause', reason: 'a' })
    await eventually('the command', () => seen.length === 1)
  })

  test('a revoked agent hears so, calls in no more and does not register anew', async () => {
    const seen: AgentCommand[] = []
    const agent = await connect({ token: 'install', onCommand: (command) => void seen.push(command) })
    door.say = {
      revoked: true,
      lease_renewed: false,
      command: 'terminate',
      command_id: 'c1',
      reason: 'rogue',
    }
    await agent.heartbeat()
    await agent.heartbeat()
    expect(seen.map(({ command, reason }) => [command, reason])).toEqual([['revoke', 'rogue']])
    expect(agent.connected).toBe(false)
    expect(door.heartbeats()).toHaveLength(1)
    expect(door.registrations()).toHaveLength(1)
    await agent.close()
    expect(door.told.at(-1)?.path).toMatch(/shutdown$/)
  })

  test('an agent that was terminated while it was away hears so when it calls in', async () => {
    const seen: string[] = []
    const agent = await connect({ token: 'install', onCommand: ({ command }) => void seen.push(command) })
    door.instead = (path) => (path.endsWith('heartbeat') ? problem(409, 'installation_ended') : undefined)
    await agent.heartbeat()
    expect(seen).toEqual(['terminate'])
    expect(door.registrations()).toHaveLength(1)
  })
})

describe('the end', () => {
  test('says goodbye after the last event, with the exit', async () => {
    const agent = await connect()
    agent.status('working')
    await agent.close({ status: 'exited', exit_code: 3, reason: 'done' })
    expect(statuses()).toEqual(['working'])
    const last = door.told.at(-1)
    expect(last?.path).toBe('/api/v1/installations/installation-1/shutdown')
    expect(JSON.parse(last?.body ?? '')).toEqual({ status: 'exited', exit_code: 3, reason: 'done' })
  })

  test('comes while Beacon is away, and more than once', async () => {
    const agent = await connect()
    await door.away()
    await Promise.all([agent.close(), agent.close()])
    agent.status('after the end')
    expect(agent.counts().waiting).toBe(0)
    await door.back()
  })

  test('is not held up by a folder that is gone, nor is the next start by torn credentials', async () => {
    const agent = await connect({ folder })
    rmSync(folder, { recursive: true })
    const warned = once(process, 'warning')
    agent.status('working')
    await agent.close()
    expect(statuses()).toEqual(['working'])
    expect(String(await warned)).toContain('BeaconAgentWarning')
    mkdirSync(folder)
    writeFileSync(join(folder, 'credentials.json'), '{"agent_id":"agent-1"')
    expect((await connect({ folder })).installation_id).toBe('installation-2')
  })
})
