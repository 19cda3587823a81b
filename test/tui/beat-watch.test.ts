import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { beatAt, type Schedule } from '../../src/core/beat.ts'
import { type Beat, toBeat } from '../../src/core/beat-tracker.ts'
import { BeatWatch } from '../../src/tui/beat-watch.ts'
import { start_ms } from './frames.ts'

let told: { at_ms: number; beat: Beat | null }[] = []
let schedule: Schedule | null
let degraded = false
let watch: BeatWatch | undefined
let closed = 0
let onFrame = (): void => undefined

beforeEach(() => {
  vi.useFakeTimers({ now: start_ms })
  told = []
  schedule = null
  degraded = false
  closed = 0
})
afterEach(() => {
  watch?.close()
  vi.useRealTimers()
})

const facts = () => ({ cluster_id: 'c', beats_per_bar: 120, epoch: 1, leader: 'a', degraded })

function open(bpm: number | null): void {
  const begun_ms = performance.now()
  schedule = bpm === null ? null : { beat: 0, at_ms: begun_ms, bpm }
  watch = new BeatWatch(
    (given) => {
      onFrame = given
      return {
        now() {
          const now_ms = performance.now()
          const clock = { monotonic_ms: now_ms, wall_ms: Date.now() }
          return schedule ? toBeat(facts(), schedule, beatAt(schedule, now_ms), now_ms, clock) : undefined
        },
        close: () => closed++,
      }
    },
    (beat) => told.push({ at_ms: performance.now() - begun_ms, beat }),
  )
}
const wait = (ms: number): void => void vi.advanceTimersByTime(ms)

test('each phase of each beat is told once, right after it began', () => {
  open(120)
  wait(1_999)
  expect(told.map(({ beat }) => `${beat?.beat_index} ${beat?.phase}`)).toEqual(
    [0, 1, 2, 3].flatMap((beat) => ['plan', 'execute', 'review'].map((phase) => `${beat} ${phase}`)),
  )
  for (const [i, { at_ms }] of told.entries()) {
    const began_ms = (i * 500) / 3
    expect(at_ms).toBeGreaterThanOrEqual(began_ms)
    expect(at_ms).toBeLessThan(began_ms + 5)
  }
})

test.each([120, 200, 400, 1_000])('at %i BPM it moves ten times a second at most', (bpm) => {
  open(bpm)
  wait(10_000)
  expect(told.length).toBeLessThanOrEqual(101)
  expect(told.length).toBeGreaterThanOrEqual(Math.min(95, (bpm / 60) * 30))
  for (const [i, { at_ms }] of told.entries())
    if (i > 0) expect(at_ms - (told[i - 1]?.at_ms ?? 0)).toBeGreaterThanOrEqual(100)
})

test('a slow beat is told when it moves, and when it becomes degraded in the middle of a phase', () => {
  open(0.1)
  wait(150_000)
  expect(told).toHaveLength(1)
  degraded = true
  wait(1_100)
  expect(told.at(-1)?.beat?.degraded).toBe(true)
  expect(told).toHaveLength(2)
})

test('a frame with something new is told at once; one that says what is known is not', () => {
  open(0.1)
  wait(5_000)
  onFrame()
  expect(told).toHaveLength(1)
  if (schedule) schedule = { ...schedule, bpm: 0.2 }
  onFrame()
  expect(told.at(-1)?.beat?.tempo_bpm).toBe(0.2)
})

test('nothing is told while nobody knows; after two seconds there is no pulse, said once', () => {
  open(null)
  wait(1_900)
  expect(told).toEqual([])
  wait(5_000)
  expect(told.map(({ beat }) => beat)).toEqual([null])
  schedule = { beat: 0, at_ms: performance.now(), bpm: 120 }
  onFrame()
  expect(told.at(-1)?.beat?.phase).toBe('plan')
})

test('closed, it looks no more', () => {
  open(120)
  watch?.close()
  const before = told.length
  wait(5_000)
  expect(told).toHaveLength(before)
  expect(closed).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})
