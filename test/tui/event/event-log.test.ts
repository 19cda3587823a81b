import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  countLog,
  dropOldest,
  type EventLog,
  emptyLog,
  foldNewest,
  isEmpty,
  isGap,
  keyOf,
  mergeLogs,
} from '../../../src/tui/event/event-log.ts'
import { newest } from '../frames.ts'

const max_seq = 60

/** Sequences of a stream, of which not all are events (of ours). */
const streams = fc
  .uniqueArray(fc.integer({ min: 1, max: max_seq }), { maxLength: max_seq })
  .map((seqs) => seqs.sort((a, b) => a - b))

type Piece = { from: number; length: number; shown: number; counted: boolean }
const pieces = fc.array(
  fc.record({
    from: fc.integer({ min: 1, max: max_seq }),
    length: fc.integer({ min: 0, max: 20 }),
    shown: fc.integer({ min: 0, max: 20 }),
    counted: fc.boolean(),
  }),
  { maxLength: 12 },
)

/** What a frame or an answer says of this part of the stream: its last events, and the others as a gap. */
function toLog(stream: number[], { from, length, shown, counted }: Piece): EventLog {
  const to = Math.min(max_seq, from + length - 1)
  const within = stream.filter((seq) => seq >= from && seq <= to)
  const rows = within.slice(Math.max(0, within.length - shown)).map((seq) => newest(seq))
  const hidden = within.length - rows.length
  const gap = { from_seq: from, to_seq: (rows[0]?.seq ?? to + 1) - 1, count: counted ? hidden : null }
  return { items: hidden > 0 ? [gap, ...rows] : rows, from_seq: from, to_seq: to }
}

/** Each event of the stretch is there once, or within one gap; counts are exact; everything is in order. */
function expectTrue(log: EventLog, stream: number[]): void {
  const { items, from_seq, to_seq } = log
  const keys = items.map(keyOf)
  expect(keys).toEqual(keys.toSorted((a, b) => a - b))
  expect(new Set(keys).size).toBe(keys.length)
  const rows = items.flatMap((item) => (isGap(item) ? [] : [item.seq]))
  const gaps = items.filter(isGap)
  for (const gap of gaps) {
    expect(gap.from_seq).toBeLessThanOrEqual(gap.to_seq)
    expect(gap.from_seq).toBeGreaterThanOrEqual(from_seq)
    expect(gap.to_seq).toBeLessThanOrEqual(to_seq)
    const within = stream.filter((seq) => seq >= gap.from_seq && seq <= gap.to_seq)
    expect(within.filter((seq) => rows.includes(seq))).toEqual([])
    if (gap.count !== null) expect(gap.count).toBe(within.length)
  }
  const hidden = (seq: number): boolean => gaps.some((gap) => seq >= gap.from_seq && seq <= gap.to_seq)
  expect(rows).toEqual(stream.filter((seq) => seq >= from_seq && seq <= to_seq && !hidden(seq)))
}

const merged = (stream: number[], parts: Piece[]): EventLog =>
  parts.reduce((log, part) => mergeLogs(log, toLog(stream, part)), emptyLog)

test('whatever parts come in whatever order: no event is lost or repeated, and every gap is told', () => {
  fc.assert(fc.property(streams, pieces, (stream, parts) => expectTrue(merged(stream, parts), stream)))
})

test('nothing known becomes unknown again: an event that one part shows stays', () => {
  fc.assert(
    fc.property(streams, pieces, (stream, parts) => {
      const shown = new Set(
        parts.flatMap((part) => toLog(stream, part).items.map((item) => (isGap(item) ? 0 : item.seq))),
      )
      shown.delete(0)
      const held = merged(stream, parts).items.flatMap((item) => (isGap(item) ? [] : [item.seq]))
      expect(held).toEqual([...shown].sort((a, b) => a - b))
    }),
  )
})

test('a log that is cut at either end stays true, and short', () => {
  fc.assert(
    fc.property(streams, pieces, fc.integer({ min: 1, max: 20 }), (stream, parts, max) => {
      const log = merged(stream, parts)
      for (const cut of [dropOldest(log, max), foldNewest(log, max)]) {
        expect(cut.items.length).toBeLessThanOrEqual(max)
        expect(cut.to_seq).toBe(log.to_seq)
        if (!isEmpty(cut)) expectTrue(cut, stream)
      }
      const all = stream.filter((seq) => seq >= log.from_seq && seq <= log.to_seq).length
      const folded = foldNewest(log, max)
      if (folded.items.every((item) => !isGap(item) || item.count !== null)) {
        const { held, hidden } = countLog(folded)
        expect(held + hidden).toBe(all)
      }
    }),
  )
})

test('a gap that is filled from its end keeps the exact rest', () => {
  const stream = Array.from({ length: 50 }, (_, i) => i + 1)
  const log = mergeLogs(toLog(stream, { from: 1, length: 5, shown: 5, counted: true }), {
    ...toLog(stream, { from: 6, length: 45, shown: 5, counted: true }),
  })
  expect(log.items[5]).toEqual({ from_seq: 6, to_seq: 45, count: 40 })
  const filled = mergeLogs(log, toLog(stream, { from: 31, length: 15, shown: 15, counted: true }))
  expect(filled.items[5]).toEqual({ from_seq: 6, to_seq: 30, count: 25 })
})
