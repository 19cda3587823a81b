// Reports are archived once each, in the books of their own, and verify counts them again from the archived claims.

import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { BarReport } from '../../../src/core/bar-report.ts'
import { toWindowId } from '../../../src/core/beat.ts'
import { claimStates } from '../../../src/core/status-claim.ts'
import { observeReport, type Reported } from '../../../src/core/stored-report.ts'
import { ArchiveReader, loadSeen } from '../../../src/daemon/archive/archive-reader.ts'
import { archiveFormat, getMeta, putMeta } from '../../../src/daemon/archive/cursor.ts'
import { Environment } from '../../../src/daemon/archive/environment.ts'
import { toPositionKey } from '../../../src/daemon/archive/keys.ts'
import { newestReport } from '../../../src/daemon/archive/newest-report.ts'
import type { StreamReport } from '../../../src/daemon/archive/report-row.ts'
import { toSealed } from '../../../src/daemon/archive/sealed.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { toHome } from '../../../src/daemon/home.ts'
import { flip, makeFolder, openWriter, tamper } from './kit.ts'
import { beatsPerBar, cluster_id, makeClaim, makeReporter, toStored } from './make-bars.ts'
import { day_ms, hour_ms, makeEvent, makeEvents, start_ms } from './make-events.ts'

const isReport = (item: StreamEvent | StreamReport): item is StreamReport => 'window_id' in item
const isEvent = (item: StreamEvent | StreamReport): item is StreamEvent => 'agent_id' in item

/** What happens next in the stream: a claim, a report of the bar or of the one before, or one of another aggregator again. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('claim' as const),
      agent: fc.constantFrom('a', 'b', 'c', 'd'),
      state: fc.constantFrom(...claimStates),
      task: fc.constantFrom(undefined, 't1', 't2'),
      on_time: fc.boolean(),
      back: fc.constantFrom(0, 0, 0, 1),
      beats: fc.constantFrom(0, 0, 1, 2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('report' as const),
      back: fc.constantFrom(0, 1, 1),
      unseen: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('repeat' as const), nth: fc.nat(20) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The stream. A report has not seen the last few claims (`unseen`), as when they come while it is on its way. */
function toStream(steps: Step[], elapsed_ms: number): (StreamEvent | StreamReport)[] {
  const reporter = makeReporter()
  const items: (StreamEvent | StreamReport)[] = []
  const waiting: StreamEvent[] = []
  let beat = beatsPerBar
  let now = start_ms
  for (const each of steps) {
    const seq = items.length + 1
    now += elapsed_ms
    if (each.what === 'claim') {
      const { agent, state, task, on_time, back } = each
      beat += each.beats
      const claim = makeClaim({
        seq,
        agent,
        state,
        on_time,
        late: back > 0,
        beat: beat - back * beatsPerBar,
        received_at_ms: now,
        ...(task === undefined ? {} : { task }),
      })
      items.push(claim)
      waiting.push(claim)
    } else if (each.what === 'report') {
      for (const claim of waiting.splice(0, Math.max(0, waiting.length - each.unseen))) reporter.fold(claim)
      items.push(toStored(seq, reporter.report(beat - each.back * beatsPerBar, now)))
    } else {
      const reports = items.filter(isReport)
      const again = reports[each.nth % (reports.length || 1)]
      if (again) items.push({ ...again, seq })
    }
  }
  return items
}

test('whatever comes in whatever cuts: each revision once, the books balanced, and every count proved', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 80 }),
      fc.array(fc.record({ size: fc.integer({ min: 1, max: 20 }), restart: fc.boolean() }), { minLength: 1 }),
      fc.constantFrom(1, 20 * 60_000),
      async (steps, cuts, elapsed_ms) => {
        const dir = makeFolder()
        const stream = toStream(steps, elapsed_ms)
        const options = { batch: 3, retention_ms: day_ms, now: () => start_ms + 90 * day_ms }
        let writer = await openWriter(dir, options)
        await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const { size, restart } = cuts[turn % cuts.length] as (typeof cuts)[number]
          // From a little before, as after a failure.
          const part = stream.slice(Math.max(0, at - 2), at + size)
          await writer.append(part.filter(isEvent), [], part.filter(isReport))
          at += size
          if (!restart) continue
          await writer.close()
          writer = await openWriter(dir, options)
        }
        const cursor = writer.cursor()
        await writer.close()

        const reported: Reported = new Map()
        const reports = stream.filter(isReport)
        const kept = reports.filter((each) => observeReport(reported, each) === 'new')
        expect(cursor).toMatchObject({
          seq: stream.length,
          archived: stream.length - reports.length,
          reports: kept.length,
          repeated_reports: reports.length - kept.length,
        })
        const reader = new ArchiveReader(dir)
        expect([...reader.bars()].map(({ seq }) => seq)).toEqual(kept.map(({ seq }) => seq))
        expect([...reader.bars({ newestFirst: true })].reverse()).toEqual([...reader.bars()])
        await reader.close()
        expect(loadSeen(dir).reported).toEqual(reported)
        const { findings, totals } = await verifyArchive(dir)
        expect(findings).toEqual([])
        expect(totals).toMatchObject({ reports: kept.length, recounted_reports: kept.length })
      },
    ),
    { numRuns: 60 },
  )
})

test('any part of the reports is read from where it begins to where it ends, over partitions', async () => {
  const dir = makeFolder()
  const writer = await openWriter(dir, { retention_ms: day_ms, now: () => start_ms + 9 * day_ms })
  const { report } = makeReporter()
  const reports = Array.from({ length: 200 }, (_, i) =>
    toStored(2 * i + 1, report(i * beatsPerBar, start_ms + Math.floor(i / 80) * hour_ms)),
  )
  await writer.append([], [], reports)
  await writer.close()
  const reader = new ArchiveReader(dir)
  const at = (seq: number) => ({ epoch: 0, seq })
  const seqs = (from: number, to: number) =>
    [...reader.bars({ from: at(from), to: at(to) })].map(({ seq }) => seq)
  expect(reader.stats()).toMatchObject({ partitions: 3, reports: 200 })
  for (const [from, to] of [
    [1, 399],
    [2, 4],
    [100, 250],
    [159, 161],
    [399, 399],
    [400, 500],
    [9, 3],
  ] as const) {
    const expected = reports.map(({ seq }) => seq).filter((seq) => seq >= from && seq <= to)
    expect(seqs(from, to)).toEqual(expected)
    const back = [...reader.bars({ from: at(from), to: at(to), newestFirst: true })].map(({ seq }) => seq)
    expect(back.reverse()).toEqual(expected)
  }
  await reader.close()
})

describe('verify', () => {
  let dir: string
  const partition = '2026-11-21'
  /** The rows of the reports by sequence. */
  const reports = new Map<number, BarReport>()

  beforeEach(async () => {
    dir = makeFolder()
    reports.clear()
    const reporter = makeReporter()
    const writer = await openWriter(dir, { batch: 4 })
    await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
    let seq = 0
    for (let bar = 1; bar <= 6; bar++) {
      const claims = Array.from({ length: 10 }, () =>
        makeClaim({ seq: ++seq, beat: bar * beatsPerBar, state: 'completed' }),
      )
      for (const claim of claims) reporter.fold(claim)
      const report = reporter.report(bar * beatsPerBar)
      reports.set(++seq, report)
      const late = makeClaim({ seq: ++seq, beat: bar * beatsPerBar, agent: 'late', late: true })
      await writer.append([...claims, late], [], [toStored(seq - 1, report)])
    }
    await writer.close()
  })

  const findings = async () =>
    (await verifyArchive(dir)).findings.map(({ kind, message }) => `${kind}: ${message}`)
  const change = (seq: number, changed: Partial<BarReport>) =>
    tamper(dir, partition, (_, put) => {
      const key = toPositionKey({ epoch: 1, seq })
      put('bars', key, toSealed(key, Buffer.from(JSON.stringify({ ...reports.get(seq), ...changed }))))
    })
  const window = (bar: number) => toWindowId(cluster_id, bar * beatsPerBar).slice(0, 8)

  test('finds nothing in what nobody changed', async () => {
    expect(await findings()).toEqual([])
  })

  test.each([
    [{ agents_reporting: 4 }, 'says agents_reporting 4, its claims give 3'],
    [{ on_time_reviews: 0 }, 'says on_time_reviews 0, its claims give 3'],
    [{ help_promises_fulfilled: 1 }, 'says help_promises_fulfilled 1, its claims give 0'],
    [{ late_claims: 1 }, 'says late_claims 1, its claims give 0'],
    [{ claims: 12 }, 'counts 12 claims, and 10 of its window were stored before it'],
    // The one that came after it.
    [{ claims: 11 }, 'counts 11 claims, and 10 of its window were stored before it'],
  ])('names a report with %o', async (changed, message) => {
    await change(11, changed)
    expect(await findings()).toEqual([`report-differs: revision 0 of window ${window(1)} ${message}`])
  })

  test('names a report that was changed without its checksum', async () => {
    await tamper(dir, partition, (environment, put) => {
      const key = toPositionKey({ epoch: 1, seq: 23 })
      put('bars', key, flip(environment.get('bars', key) as Buffer))
    })
    expect(await findings()).toEqual(['row-damaged: the report was changed'])
  })

  test('misses a report that was removed, in the partition and in the books', async () => {
    await tamper(dir, partition, (_, __, remove) => remove('bars', toPositionKey({ epoch: 1, seq: 23 })))
    expect(await findings()).toEqual([
      'counts-differ: it should hold 6 reports and holds 5',
      'books-unbalanced: 6 reports were archived, 5 are here or were removed by retention',
    ])
  })

  test('names a revision that is stored twice', async () => {
    await change(23, { window_id: reports.get(11)?.window_id as string, claims: 10 })
    expect(await findings()).toContain(
      `report-repeated: revision 0 of window ${window(1)} is stored behind that or a later one`,
    )
  })

  test('misses a claim, but says nothing of reports whose claims it cannot know', async () => {
    await tamper(dir, partition, (environment, put) => {
      const [{ key, value }] = [...environment.rows('blocks')] as [{ key: Buffer; value: Buffer }]
      put('blocks', key, flip(value))
    })
    const { findings, totals } = await verifyArchive(dir)
    expect(findings.map(({ kind }) => kind)).not.toContain('report-differs')
    // The damaged block holds claims of the first bar: claims of it and of the next two may be missing.
    expect(totals).toMatchObject({ reports: 6, recounted_reports: 3 })
  })
})

test('an archive of before there were reports is read as it is, and goes on with them', async () => {
  const dir = makeFolder()
  let now = start_ms
  const options = { retention_ms: day_ms, batch: 10, now: () => now }
  const writer = await openWriter(dir, options)
  await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
  now += 9 * day_ms
  for (const hour of [0, 1, 2])
    await writer.append(
      makeEvents(hour * 10 + 1, hour * 10 + 10, (seq) => ({
        received_at_ms: start_ms + hour * hour_ms + seq,
      })),
    )
  await writer.close()
  const names = ['2026-11-21T00', '2026-11-21T01', '2026-11-21T02']
  for (const name of names) await makeOld(dir, name)
  expect((await verifyArchive(dir)).findings).toEqual([])
  const reader = new ArchiveReader(dir)
  expect([...reader.bars()]).toEqual([])
  expect(reader.cursor()).toMatchObject({ archived: 30, reports: 0, repeated_reports: 0 })
  await reader.close()

  const again = await openWriter(dir, options)
  const { report } = makeReporter()
  await again.append(
    [makeEvent({ seq: 31, received_at_ms: start_ms + 2 * hour_ms })],
    [],
    [toStored(32, report(8, start_ms + 2 * hour_ms))],
  )
  await again.close()
  const later = new ArchiveReader(dir)
  expect([...later.bars()].map(({ seq }) => seq)).toEqual([32])
  await later.close()
  const environment = new Environment(dir, names[2] as string, 'read')
  expect(environment.read(() => getMeta(environment, 'format'))).toBe(archiveFormat)
  await environment.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
})

/** As format 1 left it: no such counts, rows or database. */
async function makeOld(dir: string, name: string): Promise<void> {
  await tamper(dir, name, (environment, put, remove) => {
    for (const row of ['cursor', 'partition'] as const) {
      const { reports, repeated_reports, ...old } = getMeta(environment, row) as Record<string, unknown>
      putMeta(put, row, old as never)
    }
    putMeta(put, 'format', 1)
    remove('meta', Buffer.from('reported'))
  })
}

test('retention counts the reports that it removes, and the rest verifies', async () => {
  const dir = makeFolder()
  let now = start_ms
  const writer = await openWriter(dir, { retention_ms: 3 * day_ms, now: () => now })
  await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
  const { report } = makeReporter()
  // Nothing but reports: each day's open a partition of their own.
  for (let day = 0; day < 6; day++) {
    now = start_ms + day * day_ms
    await writer.append(
      [],
      [],
      [1, 2].map((n) => toStored(day * 2 + n, report((day * 2 + n) * beatsPerBar, now))),
    )
  }
  expect(await writer.retention()).toEqual(['2026-11-21', '2026-11-22'])
  await writer.close()
  const { findings, totals } = await verifyArchive(dir)
  expect(findings).toEqual([])
  expect(totals).toMatchObject({ partitions: 4, reports: 8 })
})

test('the newest report of a cluster is that of the highest beats, whatever was revised or shared the stream', async () => {
  const root = makeFolder()
  const home = toHome(root)
  expect(await newestReport(home, cluster_id)).toBeUndefined()
  const writer = await openWriter(home.archive)
  const { report } = makeReporter()
  const one = report(8)
  const two = report(12)
  await writer.append(
    [],
    [],
    [
      toStored(1, one),
      toStored(2, two),
      toStored(3, { ...report(8) }),
      toStored(4, { ...report(400), cluster_id: 'other' }),
    ],
  )
  await writer.close()
  expect(await newestReport(home, cluster_id)).toEqual(two)
  expect(await newestReport(home, 'nobody')).toBeUndefined()
})
