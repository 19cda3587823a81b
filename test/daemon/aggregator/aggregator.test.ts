import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { NatsConnectionImpl } from '@nats-io/nats-core/internal'
import { ServiceErrorCodeHeader, Svcm } from '@nats-io/services'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import {
  fetchAgent,
  fetchFrame,
  type LiveView,
  openLiveView,
  type ViewState,
} from '../../../src/client/view-client.ts'
import { commandSubjects, type EndedAgents } from '../../../src/core/order.ts'
import { type FleetFrame, type FleetQuery, toAgentRow, viewSubjects } from '../../../src/core/view.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import {
  connectTest,
  makeStreams,
  type RunningAggregator,
  startAggregator,
  writeEvent,
} from './running-aggregator.ts'

let nats: TestNats
let nc: NatsConnection
let aggregator: RunningAggregator
let open: LiveView[]

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectTest(nats.url)
  await makeStreams(nc)
  open = []
})

afterEach(async () => {
  for (const view of open) view.close()
  await aggregator.stop()
  await nc.close()
  await nats.stop()
})

const ids = (frame: FleetFrame): string[] =>
  frame.rows.map((cells) => toAgentRow(frame.columns, cells).agent).toSorted()

/** Opens a view and keeps what it gets. `slow` makes it take so long with each frame. */
function watch(query: Partial<FleetQuery>, slow?: (frame: FleetFrame) => Promise<void>) {
  const got = { frames: [] as FleetFrame[], states: [] as ViewState[], quiet: 0 }
  open.push(
    openLiveView(
      nc,
      query,
      {
        async frame(frame) {
          got.frames.push(frame)
          await slow?.(frame)
        },
        quiet: () => {
          got.quiet++
        },
        state: (state) => got.states.push(state),
      },
      { retry_ms: 50 },
    ),
  )
  return got
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 20 })

test('folds what the stream holds and what comes, without duplicates and without what is no event', async () => {
  await writeEvent(nc, { agent_id: 'a b.c', status: 'running', metadata: { task: 'plan' } })
  await writeEvent(nc, { agent_id: 'n', status: 'running', agent_seq: 1 })
  await writeEvent(nc, { agent_id: 'n', status: 'error', agent_seq: 1 })
  await jetstream(nc).publish('beacon.quarantine.x', 'not JSON')
  await jetstream(nc).publish('beacon.ev.1.foreign', 'not ours')
  aggregator = await startAggregator(nats.url)
  await writeEvent(nc, { agent_id: 'later', status: 'failed' })
  await vi.waitUntil(async () => (await fetchFrame(nc, {})).seq === 6, { timeout: 15_000 })
  const frame = await fetchFrame(nc, { sort: 'agent' })
  expect(ids(frame)).toEqual(['a b.c', 'later', 'n'])
  expect(frame.totals).toMatchObject({ agents: 3, events: 3, errors: 1, duplicates: 1 })
  expect(frame.lag).toEqual({ events: 0, ms: 0 })
  await until(() =>
    expect(aggregator.stats()).toMatchObject({
      seq: 6,
      agents: 3,
      duplicate_total: 1,
      unreadable_total: 1,
      lag: 0,
    }),
  )
})

test('a view gets its window, follows the stream, and can be changed', async () => {
  aggregator = await startAggregator(nats.url)
  for (const agent_id of ['a', 'b', 'c']) await writeEvent(nc, { agent_id, status: 'running' })
  const got = watch({ sort: 'agent', limit: 2, order_ms: 0 })
  await until(() => expect(got.frames.at(-1)?.matched).toBe(3))
  expect(ids(got.frames.at(-1) as FleetFrame)).toEqual(['a', 'b'])
  await writeEvent(nc, { agent_id: 'aa', status: 'running' })
  await until(() => expect(ids(got.frames.at(-1) as FleetFrame)).toEqual(['a', 'aa']))
  open[0]?.update({ sort: 'agent', offset: 2, limit: 2, where: 'status:running' })
  await until(() => expect(ids(got.frames.at(-1) as FleetFrame)).toEqual(['b', 'c']))
  expect(got.states).toEqual([{ name: 'live' }])
})

test('a query that changes while the view is being opened is the one that counts', async () => {
  aggregator = await startAggregator(nats.url)
  for (const agent_id of ['a', 'b', 'c']) await writeEvent(nc, { agent_id, status: 'running' })
  const got = watch({ sort: 'agent', limit: 1 })
  open[0]?.update({ sort: 'agent', offset: 2, limit: 1 })
  await until(() => expect(got.frames.at(-1)?.rows.length).toBe(1))
  await until(() => expect(ids(got.frames.at(-1) as FleetFrame)).toEqual(['c']))
})

test('twenty viewers, one stalled: nineteen see all of it, and the stalled one is closed and comes back', async () => {
  aggregator = await startAggregator(nats.url)
  const wake = Promise.withResolvers<void>()
  const stalled = watch({}, () => wake.promise)
  const others = Array.from({ length: 19 }, () => watch({}))
  let writing = true
  let last = 0
  const writer = (async () => {
    while (writing) {
      last = await writeEvent(nc, { agent_id: 'a', status: 'running' })
      await sleep(10)
    }
  })()
  await until(() => expect(stalled.frames.length).toBe(1))
  // Its view is closed for want of a confirmation; once it has time again, its client opens another one.
  const closed = { name: 'lost', reason: 'no confirmation for 5 s' }
  await until(() => expect(stalled.states).toEqual([{ name: 'live' }, closed]))
  expect(stalled.frames.length).toBe(1)
  writing = false
  await writer
  wake.resolve()
  await until(() => {
    for (const { frames } of [...others, stalled]) expect(frames.at(-1)?.seq).toBe(last)
  })
  // Five seconds at ten frames a second, with room for a busy machine.
  for (const { frames } of others) expect(frames.length).toBeGreaterThan(10)
  for (const { states } of others) expect(states).toEqual([{ name: 'live' }])
})

test('a view opens itself anew when the aggregator is replaced', async () => {
  aggregator = await startAggregator(nats.url)
  await writeEvent(nc, { agent_id: 'a', status: 'running' })
  const got = watch({})
  await until(() => expect(got.frames.at(-1)?.seq).toBe(1))
  await aggregator.stop()
  await until(() => expect(got.states.at(-1)?.name).toBe('lost'))
  expect(got.states[1]).toEqual({ name: 'lost', reason: 'the aggregator stops' })
  aggregator = await startAggregator(nats.url)
  await writeEvent(nc, { agent_id: 'b', status: 'running' })
  await until(() => expect(got.frames.at(-1)?.seq).toBe(2))
  expect(got.states.at(-1)).toEqual({ name: 'live' })
  expect(new Set(got.frames.map(({ view }) => view)).size).toBe(2)
})

test('goes on where it was after kill -9 of the broker, and so do the views', async () => {
  aggregator = await startAggregator(nats.url)
  await writeEvent(nc, { agent_id: 'a', status: 'running' })
  const got = watch({})
  await until(() => expect(got.frames.at(-1)?.seq).toBe(1))
  const port = Number(new URL(nats.url).port)
  nats.child.kill('SIGKILL')
  await once(nats.child, 'exit')
  await until(() =>
    expect(got.states.at(-1)).toEqual({ name: 'lost', reason: 'the connection to NATS is lost' }),
  )
  const { dir } = nats
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  nats = await startNats({ sync: '100ms', dir, port })
  await until(() => expect(got.states.at(-1)).toEqual({ name: 'live' }))
  await writeEvent(nc, { agent_id: 'b', status: 'running' })
  await until(() => expect(got.frames.at(-1)).toMatchObject({ seq: 2, totals: { agents: 2, events: 2 } }))
})

test('a quiet fleet sends signs of life, not frames', async () => {
  aggregator = await startAggregator(nats.url)
  const got = watch({})
  await until(() => expect(got.quiet).toBeGreaterThan(1))
  expect(got.frames.length).toBeLessThanOrEqual(1)
})

test('frames go to inboxes only: nobody makes the aggregator publish elsewhere', async () => {
  aggregator = await startAggregator(nats.url)
  for (const subject of [
    'beacon.cmd.a',
    '$JS.API.STREAM.DELETE.BEACON_EVENTS',
    '_INBOX',
    '_INBOX.>',
    '_INBOX.a b',
    7,
  ]) {
    const reply = await nc.request(viewSubjects.open, JSON.stringify({ query: {}, subject }))
    expect(reply.headers?.get(ServiceErrorCodeHeader)).toBe('400')
  }
})

test('a query that makes no sense is refused with the reason', async () => {
  aggregator = await startAggregator(nats.url)
  await expect(fetchFrame(nc, { where: 'statu:error' })).rejects.toMatchObject({
    code: 'expression_invalid',
    detail: expect.stringContaining('status'),
  })
  const reply = await nc.request(viewSubjects.once, 'not JSON')
  expect(reply.headers?.get(ServiceErrorCodeHeader)).toBe('400')
})

test('under load each event that matches reaches the viewer or is counted', async () => {
  aggregator = await startAggregator(nats.url)
  const got = watch({ newest: 5, newest_where: 'meta.odd:true', limit: 0 })
  await until(() => expect(got.frames.length).toBe(1))
  let last = 0
  for (let i = 0; i < 50; i++) {
    const written = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        writeEvent(nc, { agent_id: `a${n}`, status: 'running', metadata: { odd: n % 2 === 1 } }),
      ),
    )
    last = Math.max(...written)
  }
  await until(() => expect(got.frames.at(-1)?.seq).toBe(last))
  expect(got.frames.reduce((sum, { newest, skipped }) => sum + newest.length + skipped, 0)).toBe(1_000)
  const seqs = got.frames.flatMap(({ newest }) => newest.map(({ seq }) => seq))
  expect(new Set(seqs).size).toBe(seqs.length)
})

test('a view that was closed leaves nothing at its connection', async () => {
  aggregator = await startAggregator(nats.url)
  const { listeners } = (nc as NatsConnectionImpl).protocol
  const before = listeners.length
  const got = Array.from({ length: 5 }, () => watch({}))
  await until(() => {
    for (const { states } of got) expect(states).toEqual([{ name: 'live' }])
  })
  for (const view of open) view.close()
  await until(() => expect(listeners.length).toBe(before))
})

test('a view may have everything at once', async () => {
  aggregator = await startAggregator(nats.url)
  await writeEvent(nc, { agent_id: 'a', status: 'running', metadata: { role: 'dev' } })
  const got = watch({
    group: 'role',
    heatmap: { by: 'health', cells: 10 },
    cell: 0,
    series: true,
    changed: 10,
    columns: ['agent', 'meta.role'],
    where: 'role:dev',
    pin: 'a',
    order_ms: 0,
  })
  await until(() =>
    expect(got.frames.at(-1)).toMatchObject({
      matched: 1,
      rows: [['a', 'dev']],
      pinned: ['a', 'dev'],
      groups: [{ key: 'dev', agents: 1, by_health: [1, 0, 0, 0, 0], needs: 0, errors: 0 }],
      heatmap: { by: 'health', agents_per_cell: 1, cells: '0' },
      cell_agent: 'a',
    }),
  )
  await until(() => expect(got.frames.at(-1)?.series?.agents.at(-1)).toBe(1))
  await writeEvent(nc, { agent_id: 'a', status: 'idle', metadata: { role: 'dev' } })
  await until(() => expect(got.frames.flatMap(({ changed }) => changed)).toEqual([['a', 'dev']]))
})

test('tells who said goodbye and whose lease ran out, and takes no command for a sign of life', async () => {
  aggregator = await startAggregator(nats.url)
  const told: string[] = []
  nc.subscribe(commandSubjects.ended, {
    callback(_, message) {
      for (const { agent_id, how } of message.json<EndedAgents>().agents) told.push(`${agent_id} ${how}`)
    },
  })
  const metadata = { lease_ms: 5_000, installation_id: 'i1', platform: { type: 'docker' } }
  await writeEvent(nc, { agent_id: 'lost', status: 'running', kind: 'heartbeat', metadata })
  await writeEvent(nc, { agent_id: 'left', status: 'running', kind: 'heartbeat', metadata })
  await writeEvent(nc, { agent_id: 'left', status: 'stopped', kind: 'lifecycle', metadata })
  for (const agent_id of ['lost', 'nobody'])
    await writeEvent(nc, { agent_id, status: 'requested', metadata: { command: 'terminate' } }, 'command')
  await until(() => expect(told).toEqual(['left stopped']))
  const { totals, newest } = await fetchFrame(nc, { newest: 5 })
  expect(totals).toMatchObject({ agents: 2, events: 5 })
  expect(newest.map(({ agent, kind }) => `${agent} ${kind}`).slice(3)).toEqual([
    'lost command',
    'nobody command',
  ])
  expect(await fetchAgent(nc, 'lost')).toMatchObject({
    kind: 'heartbeat',
    installation_id: 'i1',
    platform: { type: 'docker' },
  })
  await until(() => expect(told).toEqual(['left stopped', 'lost lease_expired']))
  expect(await fetchAgent(nc, 'lost')).toMatchObject({ health: 'unhealthy' })
})

test('standard NATS tools find the service and its endpoints', async () => {
  aggregator = await startAggregator(nats.url)
  const found = []
  for await (const info of await new Svcm(nc).client().info('beacon-aggregator')) found.push(info)
  expect(found[0]?.endpoints.map(({ subject }) => subject)).toEqual([
    'beacon.view.open',
    'beacon.view.update',
    'beacon.view.close',
    'beacon.view.once',
    'beacon.view.agent',
    'beacon.bars.windows',
    'beacon.bars.window',
  ])
})

test('without an aggregator a snapshot says that nobody answers', async () => {
  aggregator = await startAggregator(nats.url)
  await aggregator.stop()
  await expect(fetchFrame(nc, {})).rejects.toMatchObject({ code: 'daemon_unreachable' })
})
