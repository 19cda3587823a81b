// Reports of the past: all that are stored, archived or not, each window once or with its revisions, in answers of any size.

import type { NatsConnection } from '@nats-io/nats-core'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { fetchBars, fetchWindow } from '../../../src/client/bars-client.ts'
import { fetchFleetAt } from '../../../src/client/history-client.ts'
import type { BarsDocument, BarsRequest, StoredBar } from '../../../src/core/bar-report.ts'
import { barsLimits, findBars } from '../../../src/daemon/historian/find-bars.ts'
import { parseBarsRequest } from '../../../src/daemon/historian/history-request.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually, refusal } from '../../kit/supervised-home.ts'
import { beatsPerBar, makeClaim, makeReport } from '../archive/make-bars.ts'
import { start_ms } from '../archive/make-events.ts'
import { makeTestHome } from '../fleet/kit.ts'
import {
  connectWithStreams,
  startArchiver,
  startHistorian,
  writeClaim,
  writeReport,
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

async function startBoth(archiving: { flush_ms: number; batch: number }) {
  const archiver = await startArchiver({ home, url: nats.url, ...archiving })
  const historian = await startHistorian({ home, url: nats.url })
  onTestFinished(async () => {
    await historian.stop()
    await archiver.stop()
  })
  return { archiver, historian }
}

const atOnce = { flush_ms: 1, batch: 1 }
const never = { flush_ms: 600_000, batch: 100_000 }
const bar = (n: number, revision = 0) =>
  makeReport(n * beatsPerBar, { revision, issued_at_ms: start_ms + n * 1_000 + revision })
const outline = ({ bars }: Pick<BarsDocument, 'bars'>) =>
  bars.map(({ seq, from_beat, revision }) => [seq, from_beat / beatsPerBar, revision])

describe('reports', () => {
  test('are found as soon as they are stored, long before they are archived, and once', async () => {
    await startBoth(never)
    expect(await fetchBars(nc, {})).toEqual({
      schema: 'beacon.bars.v1',
      bars: [],
      more: false,
      searched_seq: null,
    })
    await writeReport(nc, bar(1))
    expect(await fetchBars(nc, {})).toMatchObject({
      bars: [{ ...bar(1), seq: 1 }],
      more: false,
      searched_seq: 1,
    })
    await writeReport(nc, bar(1))
    await writeReport(nc, bar(2))
    await writeReport(nc, bar(1, 1))
    expect(outline(await fetchBars(nc, {}))).toEqual([
      [3, 2, 0],
      [4, 1, 1],
    ])
    expect(outline(await fetchBars(nc, { revisions: true }))).toEqual([
      [1, 1, 0],
      [3, 2, 0],
      [4, 1, 1],
    ])
  })

  test('are one sequence while they are archived, and are chosen by window, sequence and time', async () => {
    const { archiver } = await startBoth(atOnce)
    for (let n = 1; n <= 6; n++) await writeReport(nc, bar(n))
    await eventually('the archive', async () => (archiver.stats().reports_total === 6 ? true : undefined))
    await archiver.stop()
    const ask = async (request: BarsRequest) => outline(await fetchBars(nc, request)).map(([seq]) => seq)
    for (let n = 7; n <= 10; n++) await writeReport(nc, bar(n))
    await writeReport(nc, bar(6, 1))
    expect(await ask({})).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
    expect(await ask({ revisions: true })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(await ask({ limit: 3 })).toEqual([9, 10, 11])
    expect(await ask({ limit: 6, first: true })).toEqual([1, 2, 3, 4, 5, 7])
    expect(await ask({ from_seq: 5, to_seq: 8 })).toEqual([5, 6, 7, 8])
    expect(await ask({ from_seq: 5, to_seq: 8, first: true, limit: 2 })).toEqual([5, 6])
    expect(await ask({ since_ms: start_ms + 8_000 })).toEqual([8, 9, 10])
    expect(await ask({ until_ms: start_ms + 2_000 })).toEqual([1, 2])
    expect(await ask({ since_ms: start_ms + 6_000, until_ms: start_ms + 7_000 })).toEqual([7, 11])
    expect(await ask({ window: bar(6).window_id })).toEqual([11])
    expect(await ask({ window: bar(6).window_id.slice(0, 9), revisions: true })).toEqual([6, 11])
    expect(await ask({ window: 'ffffffffffffffff' })).toEqual([])
  })

  test('are folded into the fleet of their moment, archived or not', async () => {
    const { archiver } = await startBoth(atOnce)
    const claim = async (n: number) => await writeClaim(nc, makeClaim({ seq: n, beat: 4 * beatsPerBar }))
    const revisionAt = async (seq: number) => {
      const { body } = await fetchFleetAt(nc, { seq, query: { bars: true } })
      return body.bars?.map(({ claims, revision }) => [claims, revision])
    }
    await claim(1)
    await writeReport(nc, bar(4))
    await claim(3)
    await eventually('the archive', async () => (archiver.stats().cursor_seq === 3 ? true : undefined))
    await archiver.stop()
    await writeReport(nc, bar(4, 1))
    await claim(5)
    expect(await revisionAt(1)).toEqual([[1, null]])
    expect(await revisionAt(3)).toEqual([[2, 0]])
    expect(await revisionAt(5)).toEqual([[3, 1]])
    expect((await fetchFleetAt(nc, { seq: 5, query: {} })).body.bars).toBeNull()
  })

  test('answer for a window that is over, when no aggregator knows it any more', async () => {
    await startBoth(atOnce)
    await writeReport(nc, bar(4))
    await writeReport(nc, bar(4, 1))
    expect(await fetchWindow(nc, bar(4).window_id)).toMatchObject({
      schema: 'beacon.window.v1',
      cluster_id: 'test',
      open: false,
      window: null,
      report: bar(4, 1),
    })
    expect(await refusal(fetchWindow(nc, bar(5).window_id))).toMatchObject({ code: 'daemon_unreachable' })
  })
})

describe('a search', () => {
  /** Windows in their order, each with its revisions before the bar after the next is reported. */
  const history = fc
    .array(fc.array(fc.nat(2), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
    .map((late) =>
      late.flatMap(
        (back, n) => [[n, 0], ...back.map((each) => [n - Math.min(each, 1, n), 1])] as [number, number][],
      ),
    )
    .map((steps) => {
      const revisions = new Map<number, number>()
      return steps.map(([n], i): StoredBar => {
        const revision = (revisions.get(n) ?? -1) + 1
        revisions.set(n, revision)
        return { ...bar(n, revision), seq: 2 * i + 1 }
      })
    })
  const request = fc.record(
    {
      limit: fc.integer({ min: 1, max: 12 }),
      first: fc.boolean(),
      revisions: fc.boolean(),
      since_ms: fc.integer({ min: start_ms - 1_000, max: start_ms + 25_000 }),
      until_ms: fc.integer({ min: start_ms - 1_000, max: start_ms + 25_000 }),
    },
    { requiredKeys: ['limit', 'first', 'revisions'] },
  )

  /** Of the part of `all` that the request names, as an answer of `limits`. */
  async function search(all: StoredBar[], given: BarsRequest, limits = {}): Promise<BarsDocument> {
    const { from_seq = 0, to_seq = Number.MAX_SAFE_INTEGER } = given
    const part = all.filter(({ seq }) => seq >= from_seq && seq <= to_seq)
    if (!given.first) part.reverse()
    return JSON.parse(
      await findBars(part, parseBarsRequest(given), { ...barsLimits, bytes_max: 1e6, ...limits }),
    )
  }

  /** What the request says, without any care for work. */
  function plainly(
    all: StoredBar[],
    { since_ms = 0, until_ms = Number.MAX_VALUE, revisions }: BarsRequest,
  ): StoredBar[] {
    const inTime = all.filter(
      ({ issued_at }) => Date.parse(issued_at) >= since_ms && Date.parse(issued_at) <= until_ms,
    )
    return inTime.filter(
      (each) =>
        revisions || !inTime.some((other) => other.window_id === each.window_id && other.seq > each.seq),
    )
  }

  test('finds what it says, from either end', async () => {
    await fc.assert(
      fc.asyncProperty(history, request, async (all, given) => {
        const wanted = plainly(all, given)
        const { bars, more } = await search(all, given)
        expect(bars).toEqual(given.first ? wanted.slice(0, given.limit) : wanted.slice(-(given.limit ?? 20)))
        expect(more).toBe(wanted.length > (given.limit ?? 20))
      }),
    )
  })

  test('ends after bounded work and size, and goes on from there until it has everything', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        request,
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 700, max: 3_000 }),
        async (all, given, looked_max, bytes_max) => {
          const found = new Map<number, StoredBar>()
          let pages = 0
          for (let more = true, at: number | undefined; more; pages++) {
            const range = at === undefined ? {} : given.first ? { from_seq: at + 1 } : { to_seq: at - 1 }
            const page = await search(all, { ...given, revisions: true, ...range }, { looked_max, bytes_max })
            for (const each of page.bars) {
              expect(found.has(each.seq)).toBe(false)
              found.set(each.seq, each)
            }
            more = page.more
            at = page.searched_seq ?? undefined
          }
          expect([...found.values()].sort((a, b) => a.seq - b.seq)).toEqual(
            plainly(all, { ...given, revisions: true }),
          )
          expect(pages).toBeGreaterThanOrEqual(Math.ceil(found.size / looked_max))
        },
      ),
    )
  })
})

test.each<[string, unknown]>([
  ['window', { window: 'nonsense' }],
  ['window', { window: '' }],
  ['window', { window: '0'.repeat(33) }],
  ['limit', { limit: 0 }],
  ['limit', { limit: 1_001 }],
  ['from_seq', { from_seq: -1 }],
  ['to_seq', { to_seq: 'x' }],
  ['since_ms', { since_ms: 'yesterday' }],
  ['until_ms', { until_ms: 1e300 }],
  ['first', { first: 1 }],
  ['revisions', { revisions: 'all' }],
  ['object', []],
])('a request is refused, and the refusal names %s', (field, request) => {
  expect(() => parseBarsRequest(request)).toThrow(field)
})
