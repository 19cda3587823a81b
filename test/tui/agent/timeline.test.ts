import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../../src/core/display-width.ts'
import { toTimeline } from '../../../src/tui/agent/timeline.ts'
import { timeline_rows, timelineLines, toLetters } from '../../../src/tui/agent/timeline-lines.ts'
import type { EventLog, LogItem } from '../../../src/tui/event/event-log.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { newest, start_ms } from '../frames.ts'

const plain = makePaint({ color: false, theme: 'mono', ascii: false })

/** An event so many seconds after the start. */
const at = (second: number, status: string, kind = 'state') => ({
  ...newest(second + 1, 'a'),
  received_at_ms: start_ms + second * 1_000,
  status,
  kind,
})
const logOf = (items: LogItem[], from_seq = 0): EventLog => ({ items, from_seq, to_seq: 1_000_000 })
const strip = (log: EventLog, seconds: number, bucket_ms = 1_000): string => {
  const { cells } = toTimeline(
    log,
    start_ms + (seconds - 1) * 1_000,
    bucket_ms,
    (seconds * 1_000) / bucket_ms,
  )
  return cells.map(({ status, partial }) => status?.[0] ?? (partial ? '·' : ' ')).join('')
}

test('a status holds until the next one, and before the first there is nothing', () => {
  expect(strip(logOf([at(2, 'running'), at(5, 'idle')]), 8)).toBe('  rrriii')
})

test('an error is not painted over by what came after it in the same cell', () => {
  const log = logOf([at(0, 'running'), at(2, 'error'), at(3, 'running')])
  expect(strip(log, 8, 2_000)).toBe('rerr')
})

test('only kinds that bring a status change it', () => {
  expect(strip(logOf([at(0, 'running'), at(2, 'done', 'log'), at(4, 'idle', 'lifecycle')]), 6)).toBe('rrrrii')
})

test('what is not loaded is not claimed', () => {
  expect(strip(logOf([at(3, 'running')], 2), 6)).toBe('···rrr')
  const gap = { from_seq: 2, to_seq: 5, count: 4 }
  expect(strip(logOf([at(0, 'running'), gap, at(5, 'idle')]), 8)).toBe('r····iii')
  expect(strip(logOf([at(0, 'running'), gap]), 4)).toBe('r···')
})

test('every event within the time shown is counted in one cell', () => {
  const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 60 })
  const bucket = fc.constantFrom(1_000, 5_000, 60_000)
  fc.assert(
    fc.property(seconds, bucket, fc.integer({ min: 1, max: 80 }), (times, bucket_ms, count) => {
      const items = times.sort((a, b) => a - b).map((second) => at(second, second % 3 ? 'running' : 'failed'))
      const timeline = toTimeline(logOf(items), start_ms + 400_000, bucket_ms, count)
      const until_ms = timeline.from_ms + count * bucket_ms
      const within = items.filter(
        ({ received_at_ms }) => received_at_ms >= timeline.from_ms && received_at_ms < until_ms,
      )
      expect(until_ms).toBeGreaterThan(start_ms + 400_000)
      expect(timeline.cells.reduce((sum, { events }) => sum + events, 0)).toBe(within.length)
      expect(timeline.cells.reduce((sum, { errors }) => sum + errors, 0)).toBe(
        within.filter(({ status }) => status === 'failed').length,
      )
    }),
  )
})

test('each status has a letter of its own, its first if it can be', () => {
  const cells = ['running', 'running', 'reading', 'error'].map((status) => ({
    status,
    events: 0,
    errors: 0,
    partial: false,
  }))
  expect([...toLetters(cells)]).toEqual([
    ['running', 'r'],
    ['error', 'e'],
    ['reading', 'a'],
  ])
})

test('the lines say it without colour: letters, errors, times and a legend', () => {
  const items = [at(0, 'running'), at(70, 'error'), at(75, 'waiting')]
  const timeline = toTimeline(logOf(items), start_ms + 119_000, 1_000, 100)
  const lines = timelineLines(timeline, 110, plain)
  expect(lines.length).toBe(timeline_rows)
  expect(lines[0]).toMatch(/^ {2}status {2}r{50}e{5}w{45}$/)
  expect(lines[2]?.indexOf('1')).toBe(60)
  expect(lines[3]).toMatch(/╵\d\d:\d\d/)
  expect(lines[4]).toMatch(/w waiting {3}e error {3}r running .*a cell is 1 s, peak 1/)
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(110)
})
