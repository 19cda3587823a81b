// Events of the past: all that is stored, archived or not, once, in order, in answers of any size.

import type { NatsConnection } from '@nats-io/nats-core'
import { Svcm } from '@nats-io/services'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { fetchEvents, fetchFleetAt, fetchRange } from '../../../src/client/history-client.ts'
import type { BeaconEvent } from '../../../src/core/event.ts'
import { type EventsRequest, historySubjects } from '../../../src/core/history.ts'
import { findEvents, searchLimits } from '../../../src/daemon/historian/find-events.ts'
import { parseEventsRequest } from '../../../src/daemon/historian/history-request.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually, refusal } from '../../kit/supervised-home.ts'
import { flip, openWriter, tamper } from '../archive/kit.ts'
import { makeEvents } from '../archive/make-events.ts'
import { makeLog, makeTestHome } from '../fleet/kit.ts'
import {
  connectWithStreams,
  type RunOptions,
  startArchiver,
  startHistorian,
  writeEvent,
  writeEvents,
} from './running-historian.ts'

let nats: TestNats
let nc: NatsConnection
let home: Home

beforeAll(async () => {
  nats = await startNats()
})

afterAll(async () => {
  await nats.stop()
})

beforeEach(async () => {
  home = makeTestHome()
  nc = await connectWithStreams(nats.url)
  onTestFinished(async () => {
    await nc.request('$JS.API.STREAM.DELETE.BEACON_EVENTS', '')
    await nc.close()
  })
})

/** An archiver that waits with what it has, and a historian. */
async function startBoth(options: Partial<RunOptions> = {}) {
  const archiver = await startArchiver({ home, url: nats.url, ...options })
  const historian = await startHistorian({ home, url: nats.url })
  onTestFinished(async () => {
    await historian.stop()
    await archiver.stop()
  })
  return { archiver, historian }
}

const idle = { flush_ms: 600_000, batch: 100_000 }
const seqsOf = ({ events }: { events: BeaconEvent[] }): number[] => events.map(({ seq }) => seq)

describe('events', () => {
  test('are found as soon as they are stored, long before they are archived', async () => {
    await startBoth(idle)
    for (let n = 1; n <= 5; n++) {
      const seq = await writeEvent(nc, { agent_id: `a-${n}`, status: 'running' })
      expect(await fetchEvents(nc, { last: true, limit: 1 })).toMatchObject({
        events: [{ schema: 'beacon.event.v1', seq, agent_id: `a-${n}`, status: 'running', metadata: {} }],
        more: n > 1,
        searched_seq: seq,
      })
    }
    expect(seqsOf(await fetchEvents(nc, {}))).toEqual([1, 2, 3, 4, 5])
  })

  test('that repeat others are dropped before the archive drops them', async () => {
    await startBoth(idle)
    for (const agent_seq of [1, 2, 2, 1, 3])
      await writeEvent(nc, { agent_id: 'a', status: 'running', agent_seq, run: 'r' })
    expect(seqsOf(await fetchEvents(nc, {}))).toEqual([1, 2, 5])
  })

  test('are chosen by agent, expression, sequence and time, from either end', async () => {
    await startBoth({ flush_ms: 1, batch: 4 })
    const began = Date.now()
    for (let n = 1; n <= 12; n++)
      await writeEvent(
        nc,
        { agent_id: `a-${n % 3}`, status: n % 4 === 0 ? 'error' : 'running', metadata: { n } },
        began + n,
      )
    const ask = async (request: EventsRequest) => seqsOf(await fetchEvents(nc, request))
    expect(await ask({ agent: 'a-1' })).toEqual([1, 4, 7, 10])
    expect(await ask({ agent: 'a-1', last: true, limit: 2 })).toEqual([7, 10])
    expect(await ask({ where: 'status:error' })).toEqual([4, 8, 12])
    expect(await ask({ where: 'status:error meta.n>4', limit: 1 })).toEqual([8])
    expect(await ask({ where: 'kind:log' })).toEqual([])
    expect(await ask({ from_seq: 3, to_seq: 5 })).toEqual([3, 4, 5])
    expect(await ask({ from_seq: 5, to_seq: 3 })).toEqual([])
    expect(await ask({ since_ms: began + 11 })).toEqual([11, 12])
    expect(await ask({ until_ms: began + 2 })).toEqual([1, 2])
    expect(await ask({ since_ms: began + 4, until_ms: began + 9, agent: 'a-0', last: true })).toEqual([6, 9])
    expect(await ask({ agent: 'nobody' })).toEqual([])
  })

  test('are read page by page without a gap or a repeat while they are written and archived', async () => {
    await startBoth({ flush_ms: 1, batch: 7 })
    const total = 600
    const stored: number[] = []
    const writing = (async () => {
      for (let n = 1; n <= total; n++) {
        // Every fifth is sent twice.
        const body = { agent_id: `a-${n % 10}`, status: 'running', agent_seq: n, run: 'r' }
        stored.push(await writeEvent(nc, body))
        if (n % 5 === 0) await writeEvent(nc, body)
      }
    })()
    const read: number[] = []
    const sizes = fc.sample(fc.integer({ min: 1, max: 60 }), { numRuns: 50, seed: 20261121 })
    for (let page = 0; read.length < total; page++) {
      const { events, searched_seq } = await fetchEvents(nc, {
        from_seq: (read.at(-1) ?? 0) + 1,
        limit: sizes[page % sizes.length] as number,
      })
      expect(searched_seq).toBe(events.at(-1)?.seq ?? null)
      read.push(...events.map(({ seq }) => seq))
    }
    await writing
    expect(read).toEqual(stored)
    const backwards: number[] = []
    for (let more = true, to_seq = Number.MAX_SAFE_INTEGER; more; ) {
      const page = await fetchEvents(nc, { to_seq, last: true, limit: 37 })
      backwards.unshift(...seqsOf(page))
      more = page.more
      to_seq = (page.searched_seq ?? 0) - 1
    }
    expect(backwards).toEqual(stored)
  }, 60_000)

  test('of any size get through, and an answer never exceeds what the broker carries', async () => {
    await startBoth({ flush_ms: 1 })
    const text = 'ä'.repeat(120_000)
    for (let n = 1; n <= 9; n++)
      await writeEvent(nc, { agent_id: 'a', status: 'running', metadata: { n, text } })
    for (const last of [false, true]) {
      const read: number[] = []
      for (let more = true, at = 0; more; ) {
        const range = last ? { to_seq: at === 0 ? 9 : at - 1 } : { from_seq: at + 1 }
        const page = await fetchEvents(nc, { ...range, last, limit: 1_000 })
        expect(page.events.length).toBeLessThanOrEqual(4)
        expect(page.events[0]?.metadata.text).toBe(text)
        if (last) read.unshift(...seqsOf(page))
        else read.push(...seqsOf(page))
        more = page.more
        at = page.searched_seq as number
      }
      expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
  })

  test('that lie far behind the archive are found when the historian had nothing to do for long', async () => {
    await startBoth({ flush_ms: 1, batch: 1_000 })
    await writeEvent(nc, { agent_id: 'a', status: 'running' })
    expect(seqsOf(await fetchEvents(nc, {}))).toEqual([1])
    const body = { agent_id: 'a', status: 'running', agent_seq: 1 }
    await writeEvents(nc, [body])
    for (let n = 0; n < 22; n++)
      await writeEvents(nc, new Array(1_000).fill({ agent_id: 'a', status: 'running' }))
    // One that was seen before all of these is still a duplicate.
    await writeEvents(nc, [body])
    expect(seqsOf(await fetchEvents(nc, { last: true, limit: 2 }))).toEqual([22_001, 22_002])
  }, 60_000)
})

describe('a search for what is rare', () => {
  const all = makeEvents(1, 1_000, (seq) => ({ agent: seq % 400 === 0 ? 'rare' : 'common' })).map(
    (event) => ({
      epoch: 1,
      ...event,
    }),
  )
  const limits = { ...searchLimits, looked_max: 100, bytes_max: 1_000_000 }
  const step = async (request: EventsRequest) => {
    const search = parseEventsRequest({ where: 'agent:rare', ...request })
    const { from_seq = 1, to_seq = 1_000 } = search
    const wanted = all.filter(({ seq }) => seq >= from_seq && seq <= to_seq)
    if (search.last) wanted.reverse()
    return JSON.parse(await findEvents(wanted, search, limits)) as Awaited<ReturnType<typeof fetchEvents>>
  }

  test('ends after bounded work and goes on from there', async () => {
    const found: number[] = []
    let steps = 0
    for (let more = true, from_seq = 1; more; steps++) {
      const page = await step({ from_seq, limit: 10 })
      found.push(...seqsOf(page))
      more = page.more
      from_seq = (page.searched_seq as number) + 1
    }
    expect(found).toEqual([400, 800])
    expect(steps).toBeGreaterThan(8)
  })

  test('goes on backwards as well', async () => {
    const found: number[] = []
    for (let more = true, to_seq = 1_000; more; ) {
      const page = await step({ to_seq, last: true, limit: 1 })
      found.push(...seqsOf(page))
      more = page.more
      to_seq = (page.searched_seq as number) - 1
    }
    expect(found).toEqual([800, 400])
  })
})

test('a damaged block is left out of the answers, and the log names it', async () => {
  await writeArchive(30)
  await tamper(home.archive, partition, (environment, put) => {
    const [, second] = [...environment.rows('blocks')]
    if (second) put('blocks', second.key, flip(second.value))
  })
  const { lines, log } = makeLog()
  const historian = await startHistorian({ home, url: nats.url, log })
  expect(seqsOf(await fetchEvents(nc, { from_seq: 9 }))).toEqual([9, 10, ...makeSeqs(21, 30)])
  expect(await fetchFleetAt(nc, { seq: 25 })).toMatchObject({ seq: 25, body: { totals: { events: 15 } } })
  await historian.stop()
  expect(lines.join()).toContain('2026-11-21 1/11 (checksum)')
})

const partition = '2026-11-21'
const makeSeqs = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Blocks of ten events. */
async function writeArchive(count: number): Promise<void> {
  const writer = await openWriter(home.archive, { batch: 10 })
  await writer.beginEpoch({ stream_created: 'a stream', baseline_seq: 0 })
  await writer.append(makeEvents(1, count))
  await writer.close()
}

describe('the range', () => {
  test('counts the events over time, each once', async () => {
    await startBoth({ flush_ms: 1, batch: 10 })
    const began = Date.now() - 100_000
    const archived = (last_seq: number) =>
      eventually('the archive', async () => {
        const each = await fetchRange(nc, { buckets: 4 })
        return each.last_seq === last_seq ? each : undefined
      })
    for (let n = 0; n < 50; n++) await writeEvent(nc, { agent_id: 'a', status: 'running' }, began + n)
    // A pause begins a block: within one, events count as evenly spread.
    await archived(50)
    for (let n = 50; n < 100; n++)
      await writeEvent(nc, { agent_id: 'a', status: 'running' }, began + 50_000 + n)
    const range = await archived(100)
    expect(range).toMatchObject({
      first_seq: 1,
      last_seq: 100,
      oldest_ms: began,
      newest_ms: began + 50_099,
      from_ms: began,
      to_ms: began + 50_099,
      buckets: [50, 0, 0, 50],
    })
    expect(await fetchRange(nc, { since_ms: began + 50_000, buckets: 1 })).toMatchObject({ buckets: [50] })
    expect(await fetchRange(nc, { until_ms: began - 1 })).toMatchObject({ buckets: new Array(120).fill(0) })
  })

  test('of an archive without events is empty', async () => {
    await startBoth()
    expect(await fetchRange(nc, { buckets: 2 })).toMatchObject({
      first_seq: null,
      newest_ms: null,
      buckets: [0, 0],
    })
  })
})

describe('a request that cannot be answered', () => {
  test.each<[string, keyof typeof historySubjects, unknown]>([
    ['limit', 'events', { limit: 0 }],
    ['limit', 'events', { limit: 1_001 }],
    ['limit', 'events', { limit: '5' }],
    ['from_seq', 'events', { from_seq: -1 }],
    ['to_seq', 'events', { to_seq: 1.5 }],
    ['since_ms', 'events', { since_ms: 'yesterday' }],
    ['until_ms', 'events', { until_ms: 1e300 }],
    ['agent', 'events', { agent: 7 }],
    ['last', 'events', { last: 'yes' }],
    ['where', 'events', { where: 'nonsense:field' }],
    ['object', 'events', [1]],
    ['at_ms, seq', 'fleet', {}],
    ['at_ms, seq', 'fleet', { at_ms: 1, seq: 1 }],
    ['at_ms', 'fleet', { at_ms: -1 }],
    ['seq', 'fleet', { seq: 'a' }],
    ['query.limit', 'fleet', { seq: 1, query: { limit: -1 } }],
    ['agent', 'agent', { seq: 1 }],
    ['buckets', 'range', { buckets: 0 }],
    ['since_ms', 'range', { since_ms: 2, until_ms: 1 }],
  ])('is refused, and the refusal names %s', async (field, question, request) => {
    const historian = await startHistorian({ home, url: nats.url })
    const { headers } = await nc.request(historySubjects[question], JSON.stringify(request))
    await historian.stop()
    expect(headers?.get('Nats-Service-Error-Code')).toBe('400')
    expect(headers?.get('Nats-Service-Error')).toContain(field)
  })

  test('because it is no JSON is refused', async () => {
    const historian = await startHistorian({ home, url: nats.url })
    const { headers } = await nc.request(historySubjects.events, '{"limit":')
    await historian.stop()
    expect(headers?.get('Nats-Service-Error-Code')).toBe('400')
  })

  test('for want of an archive says so', async () => {
    const historian = await startHistorian({ home, url: nats.url })
    expect(await refusal(fetchEvents(nc, {}))).toMatchObject({ code: 'not_found' })
    expect(await refusal(fetchFleetAt(nc, { seq: 1 }))).toMatchObject({ detail: 'there is no archive yet' })
    await historian.stop()
  })

  test('for an archive whose cursor is damaged says so', async () => {
    await writeArchive(10)
    await tamper(home.archive, partition, (environment, put) => {
      const cursor = environment.get('meta', Buffer.from('cursor'))
      if (cursor) put('meta', Buffer.from('cursor'), flip(cursor))
    })
    const historian = await startHistorian({ home, url: nats.url })
    expect(await refusal(fetchEvents(nc, {}))).toMatchObject({ code: 'archive_damaged' })
    await historian.stop()
  })

  test('without a historian says that nobody answers', async () => {
    expect(await refusal(fetchEvents(nc, {}))).toMatchObject({ code: 'daemon_unreachable' })
  })
})

test('the historian is found by the NATS services API, and reports its numbers', async () => {
  const { historian } = await startBoth()
  const found = []
  for await (const info of await new Svcm(nc).client().info('beacon-historian')) found.push(info)
  expect(found).toHaveLength(1)
  expect(found[0]?.endpoints.map(({ subject }) => subject).sort()).toEqual(
    Object.values(historySubjects).sort(),
  )
  await fetchEvents(nc, {})
  await eventually('the report', () => historian.stats().requests_total === 1 || undefined)
})
