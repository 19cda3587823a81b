import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openEventFeed } from '../../../src/client/event-feed.ts'
import { fetchAgent, fetchFrame } from '../../../src/client/view-client.ts'
import { toAgentDocument } from '../../../src/core/explain-agent.ts'
import { type Fleet, makeFleet } from '../../../src/core/fleet.ts'
import { nothingShown, orderFleet, toFleetBody } from '../../../src/core/fleet-view.ts'
import { type FleetBody, type FleetQuery, fleetColumns } from '../../../src/core/view.ts'
import { parseFleetQuery } from '../../../src/core/view-query.ts'
import { foldMessages, makeLivePicture } from '../../../src/daemon/aggregator/live-picture.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import {
  type AggregatorProcess,
  connectTest,
  makeStreams,
  type RunningService,
  startAggregatorProcess,
  startArchiver,
  writeEvent,
} from './running-aggregator.ts'

let nats: TestNats
let nc: NatsConnection
let home: Home
let archiver: RunningService
let aggregator: AggregatorProcess
let round: number

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectTest(nats.url)
  await makeStreams(nc)
  home = toHome(mkdtempSync(join(tmpdir(), 'beacon-killed-')))
  archiver = await startArchiver(nats.url, home)
  round = 0
})

afterEach(async () => {
  await aggregator.stop()
  await archiver.stop()
  await nc.close()
  await nats.stop()
  rmSync(home.root, { recursive: true, force: true })
})

const statuses = ['running', 'error', 'waiting for input', 'done', 'paused']

/** Numbers with gaps, late ones and duplicates. */
async function writeSome(count: number): Promise<number> {
  round++
  let last = 0
  for (let i = 0; i < count; i++)
    last = await writeEvent(nc, {
      agent_id: `agent-${i % 7}`,
      status: statuses[(i * round) % statuses.length] as string,
      kind: i % 11 === 0 ? 'heartbeat' : 'state',
      agent_seq: i % 13 === 0 ? 1 : round * 1_000 + i * 2 - (i % 17 === 0 ? 40 : 0),
      run: `r${round % 2}`,
      metadata: { task: `task ${i % 3}`, round, i },
    })
  return last
}

/** The fleet of a run that was never interrupted: the whole stream, folded at once. */
async function foldStream(last: number): Promise<Fleet> {
  const end = new AbortController()
  const feed = await openEventFeed(nc, { from: 1, signal: end.signal })
  const live = makeLivePicture(makeFleet())
  while (live.fleet.seq < last) foldMessages(live, (await feed.next()) ?? [], Date.now())
  end.abort()
  return live.fleet
}

const judged = ['health', 'needs']
const wanted: Partial<FleetQuery> = {
  sort: 'agent',
  limit: 100,
  columns: fleetColumns.filter((column) => !judged.includes(column)),
  newest: 200,
  heatmap: { by: 'errors', cells: 3 },
}

/** Who was killed knows that nobody could be heard meanwhile; the documents of the agents tell the moment judged at. */
const withoutVerdicts = ({ totals, ...body }: FleetBody): object => {
  const { by_health, by_needs, ...rest } = totals
  return { ...body, totals: rest }
}

async function expectSameAs(fleet: Fleet): Promise<void> {
  const { schema, type, view, frame, coalesced, ...body } = await fetchFrame(nc, wanted)
  const query = parseFleetQuery(wanted)
  if (!query.ok) throw new Error(query.error)
  const window = orderFleet(fleet, query.value, body.at_ms)
  const plain = toFleetBody(fleet, query.value, window, nothingShown, body.at_ms, body.lag)
  expect(withoutVerdicts(body)).toEqual(withoutVerdicts(plain.body))
  for (const [number, id] of fleet.ids.entries()) {
    const document = await fetchAgent(nc, id)
    expect(document).toEqual(toAgentDocument(fleet, number, Date.parse(document.at)))
  }
}

test('after kill -9 the picture is that of an uninterrupted run: checkpoint, archive and stream', {
  timeout: 90_000,
}, async () => {
  aggregator = await startAggregatorProcess(nats.url, home)
  const first = await writeSome(150)
  await vi.waitUntil(() => archiver.stats().cursor_seq === first, { timeout: 15_000 })
  // A last checkpoint is written by who may end in order.
  await aggregator.stop()
  aggregator = await startAggregatorProcess(nats.url, home)
  await expectSameAs(await foldStream(first))
  const second = await writeSome(150)
  await vi.waitUntil(async () => (await fetchFrame(nc, {})).seq === second, { timeout: 15_000 })
  await vi.waitUntil(() => archiver.stats().cursor_seq === second, { timeout: 15_000 })
  await aggregator.kill()
  // What comes from here on is in the stream only.
  await archiver.stop()
  const third = await writeSome(100)
  aggregator = await startAggregatorProcess(nats.url, home)
  await vi.waitUntil(async () => (await fetchFrame(nc, {})).seq === third, { timeout: 15_000 })
  await expectSameAs(await foldStream(third))
})

test('killed again and again, it ends up the same', { timeout: 90_000 }, async () => {
  let last = 0
  for (let i = 0; i < 4; i++) {
    aggregator = await startAggregatorProcess(nats.url, home)
    const writing = writeSome(60)
    await vi.waitUntil(async () => (await fetchFrame(nc, {})).seq > last + 20, { timeout: 15_000 })
    await aggregator.kill()
    last = await writing
  }
  aggregator = await startAggregatorProcess(nats.url, home)
  await vi.waitUntil(async () => (await fetchFrame(nc, {})).seq === last, { timeout: 15_000 })
  await expectSameAs(await foldStream(last))
})
