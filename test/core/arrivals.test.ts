import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countArrival, makeArrivals, rateOver, secondsAfter } from '../../src/core/arrivals.ts'

const start_ms = 1_782_475_200_000

function steady(per_s: number, seconds: number) {
  const arrivals = makeArrivals()
  for (let i = 0; i < per_s * seconds; i++) countArrival(arrivals, start_ms + (i * 1_000) / per_s)
  return arrivals
}

test('a steady stream reads as its rate over each window', () => {
  const arrivals = steady(50, 120)
  const now_ms = start_ms + 120_300
  for (const window_ms of [1_000, 10_000, 60_000]) expect(rateOver(arrivals, now_ms, window_ms)).toBe(50)
})

test('a young fleet is not averaged over time before it existed', () => {
  expect(rateOver(steady(100, 5), start_ms + 5_300, 60_000)).toBe(100)
})

test('rates fall to zero when nothing comes', () => {
  const arrivals = steady(50, 10)
  expect(rateOver(arrivals, start_ms + 12_000, 1_000)).toBe(0)
  expect(rateOver(arrivals, start_ms + 15_300, 10_000)).toBe(25)
  expect(rateOver(arrivals, start_ms + 80_000, 60_000)).toBe(0)
})

test('one event of a clock that is far ahead spoils neither rates nor history', () => {
  const arrivals = steady(50, 10)
  countArrival(arrivals, start_ms + 86_400_000)
  expect(rateOver(arrivals, start_ms + 10_300, 1_000)).toBeGreaterThanOrEqual(45)
})

test('events that come more than a minute late take nothing from the present rate', () => {
  const arrivals = steady(50, 120)
  for (let i = 0; i < 1_000; i++) countArrival(arrivals, start_ms + 55_000 + i)
  expect(rateOver(arrivals, start_ms + 120_300, 10_000)).toBe(50)
})

test('each second is told once, and all together are all events', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { maxLength: 200 }),
      fc.array(fc.nat(5_000), { maxLength: 20 }),
      (gaps, looks) => {
        const arrivals = makeArrivals()
        let at_ms = start_ms
        const times = gaps.map((gap) => (at_ms += gap))
        for (const time of times) countArrival(arrivals, time)
        // All looks lie in the minute after the last event that the ring still holds.
        let shown_s = start_ms / 1_000 - 1
        const told = new Map<number, number>()
        for (const look of [...looks.toSorted((a, b) => a - b), 60_000]) {
          const { from_s, counts } = secondsAfter(
            arrivals,
            Math.min(at_ms, start_ms + 55_000) + look / 20 + 1_300,
            shown_s,
          )
          for (const [i, count] of counts.entries()) {
            expect(told.has(from_s + i)).toBe(false)
            told.set(from_s + i, count)
          }
          shown_s = from_s + counts.length - 1
        }
        for (const [second, count] of told) {
          expect(count).toBe(times.filter((time) => Math.floor(time / 1_000) === second).length)
        }
      },
    ),
  )
})
