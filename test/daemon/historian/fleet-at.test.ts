// The fleet at a moment is the plain fold of what had come by then, whichever way one goes there.

import type { NatsConnection } from '@nats-io/nats-core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { fetchAgentAt, fetchFleetAt } from '../../../src/client/history-client.ts'
import { toAgentDocument } from '../../../src/core/explain-agent.ts'
import { type Fleet, fold, makeFleet } from '../../../src/core/fleet.ts'
import { parseFleetEvent } from '../../../src/core/fleet-event.ts'
import { nothingShown, orderFleet, toFleetBody } from '../../../src/core/fleet-view.ts'
import type { FleetAt, FleetAtRequest } from '../../../src/core/history.ts'
import type { FleetBody } from '../../../src/core/view.ts'
import { parseFleetQuery } from '../../../src/core/view-query.ts'
import { ArchiveReader } from '../../../src/daemon/archive/archive-reader.ts'
import { openHistory } from '../../../src/daemon/historian/history.ts'
import { receivedAt } from '../../../src/daemon/historian/merged-events.ts'
import { PastFleets } from '../../../src/daemon/historian/past-fleets.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually, refusal } from '../../kit/supervised-home.ts'
import { openWriter } from '../archive/kit.ts'
import { day_ms, makeEvents, start_ms } from '../archive/make-events.ts'
import { checkpoint, makeTestHome, silent } from '../fleet/kit.ts'
import { arbitraryMessages, foldBatch, toBatch } from '../fleet/make-history.ts'
import { connectWithStreams, startArchiver, startHistorian, writeEvent } from './running-historian.ts'

let nats: TestNats
let nc: NatsConnection
const going = new AbortController().signal

beforeAll(async () => {
  nats = await startNats()
  nc = await connectWithStreams(nats.url)
})

afterAll(async () => {
  await nc.close()
  await nats.stop()
})

const query = {
  sort: 'agent',
  limit: 100,
  group: 'status',
  heatmap: { by: 'health', cells: 10 },
  newest: 20,
} as const

type Stored = { seq: number; line: Buffer; agent_id: string }

/** A home whose archive holds the events, with the fleet checkpointed after some of them. */
async function archive(
  batches: { messages: Parameters<typeof toBatch>[0]; checkpointed: boolean }[],
): Promise<{ home: Home; stored: Stored[] }> {
  const home = makeTestHome()
  const writer = await openWriter(home.archive, { batch: 7, now: () => start_ms + 9 * day_ms })
  await writer.beginEpoch({ stream_created: 'a stream', baseline_seq: 0 })
  const live = makeFleet()
  const stored: Stored[] = []
  let at = { last: 0, now_ms: start_ms }
  for (const { messages, checkpointed } of batches) {
    const batch = toBatch(messages, at.last + 1, at.now_ms)
    at = batch
    foldBatch(live, batch)
    await writer.append(batch.events, batch.quarantined)
    stored.push(...batch.events)
    if (checkpointed) await checkpoint(home, live)
  }
  await writer.close()
  // What the archive holds: without duplicates and what no gateway wrote.
  const reader = new ArchiveReader(home.archive)
  const kept = new Set([...reader.scan()].map(({ seq }) => seq))
  await reader.close()
  return { home, stored: stored.filter(({ seq }) => kept.has(seq)) }
}

function plainFold(stored: Stored[]): Fleet {
  const fleet = makeFleet()
  // The archive begins there, whatever came first.
  if (stored.length > 0) fleet.first_seq = 1
  for (const { seq, line, agent_id } of stored) {
    const event = parseFleetEvent(line, seq, agent_id)
    if (event) fold(fleet, event)
  }
  return fleet
}

function toBody(fleet: Fleet, at_ms: number): FleetBody {
  const parsed = parseFleetQuery(query)
  if (!parsed.ok) throw new Error(parsed.error)
  const window = orderFleet(fleet, parsed.value, at_ms)
  const nothingWaits = { events: 0, ms: 0 }
  return toFleetBody(fleet, parsed.value, window, nothingShown, at_ms, nothingWaits).body
}

/** Duplicates between two checkpoints are nowhere written down. */
const withoutDuplicates = (body: FleetBody): FleetBody => ({
  ...body,
  totals: { ...body.totals, duplicates: 0 },
})

/** As it goes over the wire. */
const sent = <T>(document: T): T => JSON.parse(JSON.stringify(document)) as T

function openTestHistory(home: Home) {
  const history = openHistory({ nc, home, log: silent, signal: going, bytes_max: 1_000_000 })
  const fleet = async (request: FleetAtRequest) =>
    JSON.parse(await history.fleet({ query, ...request })) as FleetAt
  return { history, fleet }
}

const batches = fc.array(fc.record({ messages: arbitraryMessages, checkpointed: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
})

describe('the fleet at a moment', () => {
  test('equals the plain fold of what had come by then, in whatever order moments are asked for', async () => {
    const places = fc.array(fc.double({ min: 0, max: 1.1, noNaN: true }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(batches, places, async (messages, asked) => {
        const { home, stored } = await archive(messages)
        const { history, fleet } = openTestHistory(home)
        for (const place of asked) {
          const seq = Math.floor(place * ((stored.at(-1)?.seq ?? 0) + 2))
          const prefix = stored.filter((event) => event.seq <= seq)
          const last = prefix.at(-1)
          const at_ms = last ? receivedAt(last) : 0
          const answer = await fleet({ seq })
          expect({ ...answer, body: withoutDuplicates(answer.body) }).toEqual({
            schema: 'beacon.fleet_at.v1',
            at_ms,
            seq: last?.seq ?? 0,
            body: sent(withoutDuplicates(toBody(plainFold(prefix), at_ms))),
          })
        }
        await history.close()
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  test('given as a time is that of the last event received by then', async () => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.array(fc.nat(200), { minLength: 1, maxLength: 8 }),
        async (messages, asked) => {
          const { home, stored } = await archive(messages)
          const { history, fleet } = openTestHistory(home)
          for (const place of asked) {
            const near = stored[place % Math.max(1, stored.length)]
            const at_ms = (near ? receivedAt(near) : start_ms) + (place % 5) - 2
            const last = stored.findLastIndex((event) => receivedAt(event) <= at_ms)
            const prefix = stored.slice(0, last + 1)
            const answer = await fleet({ at_ms })
            expect([answer.at_ms, answer.seq]).toEqual([at_ms, prefix.at(-1)?.seq ?? 0])
            expect(withoutDuplicates(answer.body)).toEqual(
              sent(withoutDuplicates(toBody(plainFold(prefix), at_ms))),
            )
          }
          await history.close()
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  test('can be stepped through event by event, forward and back', async () => {
    const { home, stored } = await archiveOf(300, [100, 200])
    const { history, fleet } = openTestHistory(home)
    const steps = [
      ...Array.from({ length: 60 }, (_, i) => 80 + i),
      ...Array.from({ length: 60 }, (_, i) => 138 - i),
    ]
    for (const seq of steps) {
      const { body, at_ms } = await fleet({ seq })
      expect(body).toEqual(sent(toBody(plainFold(stored.slice(0, seq)), at_ms)))
    }
    await history.close()
  })

  test('shows an agent as it was, with health judged at that moment', async () => {
    const { home, stored } = await archiveOf(100, [50])
    const { history } = openTestHistory(home)
    const at_ms = start_ms + 3_600_000
    const whole = plainFold(stored)
    expect(JSON.parse(await history.agent({ at_ms, agent: 'agent-3' }))).toEqual(
      sent(toAgentDocument(whole, whole.numbers.get('agent-3') as number, at_ms)),
    )
    await expect(history.agent({ seq: 2, agent: 'agent-3' })).rejects.toMatchObject({ status: 404 })
    expect(JSON.parse(await history.agent({ seq: 3, agent: 'agent-3' }))).toMatchObject({ events: 1 })
    await history.close()
  })

  test('that would not fit into an answer is refused rather than cut', async () => {
    const { home } = await archiveOf(100, [])
    const history = openHistory({ nc, home, log: silent, signal: going, bytes_max: 500 })
    await expect(history.fleet({ seq: 50 })).rejects.toMatchObject({ status: 400 })
    await history.close()
  })
})

describe('folding the past', () => {
  test('forward goes on from where it stands; back begins at a checkpoint, and then at a mark', async () => {
    const { home } = await archiveOf(6_000, [1_000])
    const { past, at, close } = openPast(home, {
      mark_events: 200,
      mark_gain_events: 2_000,
      load_events: 300,
    })
    const stats = () => past.stats()
    expect(await at(5_000)).toBe(5_000)
    expect(stats()).toMatchObject({ checkpoints_loaded_total: 1, folded_events_total: 4_000 })
    expect(await at(5_001)).toBe(5_001)
    expect(stats()).toMatchObject({ checkpoints_loaded_total: 1, folded_events_total: 4_001 })
    expect(await at(5_000)).toBe(5_000)
    expect(await at(4_999)).toBe(4_999)
    expect(stats()).toMatchObject({ checkpoints_loaded_total: 1, marks_loaded_total: 2, fleets_folded: 2 })
    expect(stats().folded_events_total).toBeLessThan(4_500)
    expect(await at(900)).toBe(900)
    expect(stats()).toMatchObject({ checkpoints_loaded_total: 2, fleets_folded: 2 })
    await close()
  })

  test('lets other work be done meanwhile', async () => {
    const { home } = await archiveOf(20_000, [])
    const { at, close } = openPast(home)
    let turns = 0
    let folding = true
    const counting = (async () => {
      for (; folding; turns++) await new Promise((resolve) => setImmediate(resolve))
    })()
    await at(20_000)
    folding = false
    await counting
    expect(turns).toBeGreaterThan(2)
    await close()
  })

  test('that takes too long is refused, and the next request goes on where it got', async () => {
    const { home } = await archiveOf(20_000, [])
    const { past, at, close } = openPast(home, { patience_ms: 1 })
    const tries = await triesUntil(() => at(20_000))
    expect(tries).toBeGreaterThan(1)
    expect(past.stats()).toMatchObject({ folded_events_total: 20_000, checkpoints_loaded_total: 1 })
    await close()
  })

  test('for too many at a time is refused at once', async () => {
    const { home } = await archiveOf(1_000, [])
    const { at, close } = openPast(home, { waiting_max: 2 })
    const asked = await Promise.allSettled([at(10), at(20), at(30), at(40)])
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(asked[3]).toMatchObject({ reason: { status: 503 } })
    await close()
  })
})

test('the newest moment is that of the last event stored, archived or not', async () => {
  const home = makeTestHome()
  const archiver = await startArchiver({ home, url: nats.url, flush_ms: 600_000, batch: 3 })
  const historian = await startHistorian({ home, url: nats.url })
  onTestFinished(async () => {
    await historian.stop()
    await archiver.stop()
  })
  const tomorrow = Date.now() + day_ms
  expect(await fetchFleetAt(nc, { at_ms: tomorrow })).toMatchObject({
    seq: 0,
    body: { matched: 0, rows: [] },
  })
  for (let n = 1; n <= 10; n++) {
    const seq = await writeEvent(nc, { agent_id: `a-${n}`, status: 'running' })
    expect(await fetchFleetAt(nc, { at_ms: tomorrow })).toMatchObject({
      seq,
      at_ms: tomorrow,
      body: { matched: n, totals: { events: n } },
    })
  }
  // Now archived in part, and back into it.
  await eventually('the archive', () => archiver.stats().cursor_seq === 9 || undefined)
  expect(await fetchFleetAt(nc, { seq: 10 })).toMatchObject({ body: { matched: 10 } })
  expect(await fetchFleetAt(nc, { seq: 4 })).toMatchObject({ seq: 4, body: { matched: 4 } })
  expect(await fetchFleetAt(nc, { at_ms: start_ms - day_ms })).toMatchObject({ seq: 0, body: { matched: 0 } })
  expect(await fetchAgentAt(nc, { seq: 10, agent: 'a-10' })).toMatchObject({ agent_id: 'a-10', seq: 10 })
  expect(await refusal(fetchAgentAt(nc, { seq: 9, agent: 'a-10' }))).toMatchObject({ code: 'not_found' })
})

/** Events of seven agents, with checkpoints after these. */
async function archiveOf(count: number, checkpoints: number[]): Promise<{ home: Home; stored: Stored[] }> {
  const home = makeTestHome()
  const stored = makeEvents(1, count)
  const writer = await openWriter(home.archive)
  await writer.beginEpoch({ stream_created: 'a stream', baseline_seq: 0 })
  await writer.append(stored)
  await writer.close()
  for (const seq of checkpoints) await checkpoint(home, plainFold(stored.slice(0, seq)))
  return { home, stored }
}

function openPast(home: Home, limits: ConstructorParameters<typeof PastFleets>[0]['limits'] = {}) {
  const reader = new ArchiveReader(home.archive)
  const past = new PastFleets({ reader, dir: home.fleet, log: silent, signal: going, limits })
  const cursor = reader.cursor()
  if (!cursor) throw new Error('there is no archive')
  return {
    past,
    /** The last sequence of the fleet at that moment. */
    at: async (seq: number) =>
      await past.at({ epoch: 1, seq }, { cursor, events: [], reports: [] }, (fleet) => fleet.seq),
    close: () => reader.close(),
  }
}

async function triesUntil(attempt: () => Promise<unknown>): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      await attempt()
      return tries
    } catch (error) {
      expect(error).toMatchObject({ status: 503, message: expect.stringContaining('left to fold') })
    }
  }
}
