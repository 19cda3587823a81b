import { expect, test } from 'vitest'
import { parseMoment } from '../../src/tui/moment.ts'

const now = new Date(2026, 5, 26, 12, 41, 3, 500)
const now_ms = now.getTime()
const at = (...time: [number, number, number?, number?]): number => {
  const date = new Date(now_ms)
  date.setHours(time[0], time[1], time[2] ?? 0, time[3] ?? 0)
  return date.getTime()
}

test.each([
  ['10m', { at_ms: now_ms - 600_000 }],
  ['-10m', { at_ms: now_ms - 600_000 }],
  ['1h30m', { at_ms: now_ms - 5_400_000 }],
  ['12:41', { at_ms: at(12, 41) }],
  [' 12:41:03 ', { at_ms: at(12, 41, 3) }],
  ['12:41:03.25', { at_ms: at(12, 41, 3, 250) }],
  ['13:00', { at_ms: at(13, 0) - 86_400_000 }],
  ['2026-06-26T00:00:00Z', { at_ms: Date.UTC(2026, 5, 26) }],
  ['#81233', { seq: 81_233 }],
  ['now', null],
  ['live', null],
])('%j is a moment', (text, value) => {
  expect(parseMoment(text, now_ms)).toEqual({ ok: true, value })
})

test.each(['', 'x', '25:00', '12:61', '10', '#', '#x', '2999-01-01T00:00:00Z', '12:4'])(
  '%j is none',
  (text) => {
    expect(parseMoment(text, now_ms).ok).toBe(false)
  },
)
