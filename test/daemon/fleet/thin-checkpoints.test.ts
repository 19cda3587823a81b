import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Checkpoint } from '../../../src/daemon/fleet/checkpoint-store.ts'
import { thinCheckpoints } from '../../../src/daemon/fleet/thin-checkpoints.ts'

const minute_ms = 60_000
const hour_ms = 60 * minute_ms
const now_ms = Date.UTC(2026, 10, 21, 12)
const roomy = { now_ms, bytes_max: Number.POSITIVE_INFINITY }

/** One per minute, the last one now. */
const minutely = (count: number, bytes = 1): Checkpoint[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: 1,
    seq: i + 1,
    at_ms: now_ms - (count - 1 - i) * minute_ms,
    bytes,
  }))

function keep(checkpoints: Checkpoint[], options = roomy): Checkpoint[] {
  const removed = new Set(thinCheckpoints(checkpoints, options))
  return checkpoints.filter((each) => !removed.has(each))
}

const ages = (checkpoints: Checkpoint[]): number[] => checkpoints.map(({ at_ms }) => now_ms - at_ms)

test('the last hour is kept whole, the last day by ten minutes, what is older by hours', () => {
  const kept = keep(minutely(3 * 24 * 60))
  const count = (from_ms: number, to_ms: number): number =>
    ages(kept).filter((age_ms) => age_ms > from_ms && age_ms <= to_ms).length
  expect(count(-1, hour_ms)).toBe(61)
  expect(count(hour_ms, 24 * hour_ms)).toBe(23 * 6)
  expect(count(24 * hour_ms, 72 * hour_ms)).toBe(48)
})

test('thinning again, now or as time goes on, keeps what was kept where it may stay', () => {
  const once = keep(minutely(36 * 60))
  expect(keep(once)).toEqual(once)
  const later = keep(once, { ...roomy, now_ms: now_ms + 24 * hour_ms })
  expect(keep(later, { ...roomy, now_ms: now_ms + 24 * hour_ms })).toEqual(later)
  expect(later.length).toBeGreaterThan(30)
})

test('within the budget the newest stay dense and the far past stays in reach', () => {
  const kept = keep(minutely(24 * 60, 10), { ...roomy, bytes_max: 200 })
  expect(kept).toHaveLength(20)
  const old = ages(kept)
  expect(old.at(-1)).toBe(0)
  expect(Math.max(...old)).toBeGreaterThan(12 * hour_ms)
  expect(old.filter((age_ms) => age_ms <= hour_ms).length).toBeGreaterThan(8)
})

test('what lies before the archive goes, but never the newest', () => {
  const checkpoints = minutely(10)
  expect(
    keep(checkpoints, { ...roomy, oldest: { epoch: 1, seq: 6 } } as typeof roomy).map(({ seq }) => seq),
  ).toEqual([6, 7, 8, 9, 10])
  expect(
    keep(checkpoints, { ...roomy, oldest: { epoch: 2, seq: 1 } } as typeof roomy).map(({ seq }) => seq),
  ).toEqual([10])
})

test('whatever the times and sizes, the budget holds and the newest stays', () => {
  const checkpoint = fc.record({
    at_ms: fc.integer({ min: now_ms - 90 * hour_ms, max: now_ms + hour_ms }),
    bytes: fc.nat(100),
  })
  fc.assert(
    fc.property(fc.array(checkpoint, { minLength: 1 }), fc.nat(500), (list, bytes_max) => {
      const checkpoints = list.map((each, i) => ({ ...(minutely(1)[0] as Checkpoint), ...each, seq: i + 1 }))
      const kept = keep(checkpoints, { now_ms, bytes_max })
      expect(kept.at(-1)).toEqual(checkpoints.at(-1))
      const bytes = kept.reduce((sum, each) => sum + each.bytes, 0)
      expect(kept.length === 1 || bytes <= bytes_max).toBe(true)
    }),
  )
})
