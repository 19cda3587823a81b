import { beforeEach, expect, test } from 'vitest'
import { type Arrivals, countArrival, makeArrivals } from '../../src/core/arrivals.ts'
import {
  type JudgingClock,
  makeJudgingClock,
  momentFor,
  type Tick,
  tickClock,
} from '../../src/core/judging-clock.ts'

const start_ms = 1_782_475_200_000
const interval_ms = 100

let clock: JudgingClock
let arrivals: Arrivals
let wall_ms: number

beforeEach(() => {
  clock = makeJudgingClock()
  arrivals = makeArrivals()
  wall_ms = start_ms
  tick(0)
})

/** The moment so many milliseconds later. */
function tick(ms = interval_ms, given: Partial<Tick> = {}): number {
  wall_ms += ms
  return tickClock(clock, {
    wall_ms,
    interval_ms,
    arrivals,
    received_at_ms: wall_ms,
    pending: 0,
    cut_off: false,
    deaf: false,
    ...given,
  })
}

test('the moment is now, as long as Beacon keeps up', () => {
  expect(tick()).toBe(wall_ms)
  expect(tick(interval_ms, { received_at_ms: start_ms - 60_000 })).toBe(wall_ms)
  expect(tick(interval_ms, { pending: 500 })).toBe(wall_ms)
})

test('while the fold is behind, time stands where the fold is', () => {
  tick()
  const behind = { pending: 9, received_at_ms: start_ms + 90 }
  const before = clock.moment_ms
  for (let i = 0; i < 30; i++) tick(interval_ms, behind)
  expect(tick(interval_ms, behind)).toBe(before + 9 * interval_ms)
})

test('one event after a long silence does not turn time back', () => {
  for (let i = 0; i < 50; i++) tick()
  const moment_ms = clock.moment_ms
  expect(tick(interval_ms, { pending: 1, received_at_ms: start_ms - 600_000 })).toBe(moment_ms)
})

test('after a stall of Beacon its time counts against nobody who was not heard since', () => {
  tick(600_000)
  expect(momentFor(clock, start_ms)).toBe(start_ms + interval_ms)
  expect(momentFor(clock, wall_ms)).toBe(start_ms + interval_ms)
  expect(momentFor(clock, wall_ms + 1)).toBe(wall_ms)
  tick()
  expect(momentFor(clock, start_ms)).toBe(start_ms + 2 * interval_ms)
})

test('each stall counts for those who were last heard before it', () => {
  tick(60_100)
  const between_ms = wall_ms + 1
  for (let i = 0; i < 20; i++) tick()
  tick(5_100)
  expect(momentFor(clock, start_ms)).toBe(wall_ms - 65_000)
  expect(momentFor(clock, between_ms)).toBe(wall_ms - 5_000)
})

test('a stall in which somebody was received was one of this process alone: it excuses nobody', () => {
  tick(60_000)
  expect(momentFor(clock, start_ms)).toBe(start_ms + interval_ms)
  // The backlog is folded now.
  countArrival(arrivals, start_ms + 30_000)
  tick()
  expect(momentFor(clock, start_ms)).toBe(wall_ms)
})

test('what was received before the stall and after it says nothing about it', () => {
  countArrival(arrivals, start_ms)
  tick(60_000)
  countArrival(arrivals, wall_ms)
  for (let i = 0; i < 20; i++) tick()
  expect(momentFor(clock, start_ms)).toBe(wall_ms - 59_900)
})

test('cut off from the broker, time stands, and the cut is a stall', () => {
  const moment_ms = tick()
  for (let i = 0; i < 100; i++) expect(tick(interval_ms, { cut_off: true })).toBe(moment_ms)
  tick()
  expect(momentFor(clock, start_ms)).toBe(moment_ms + interval_ms)
})

test('while a gateway is deaf, nobody is accused, and what came another way excuses it not', () => {
  tick()
  const before_ms = wall_ms
  countArrival(arrivals, start_ms)
  for (let i = 0; i < 300; i++) {
    tick(interval_ms, { deaf: true })
    countArrival(arrivals, wall_ms)
  }
  expect(clock.stalls).toHaveLength(1)
  expect(momentFor(clock, start_ms)).toBe(before_ms)
  tick()
  expect(momentFor(clock, start_ms)).toBe(before_ms + interval_ms)
  expect(momentFor(clock, wall_ms)).toBe(wall_ms)
})

test('a stall in deafness counts once', () => {
  tick(600_000, { deaf: true })
  expect(momentFor(clock, start_ms)).toBe(start_ms)
})

test('while Beacon was stopped, nobody could be heard', () => {
  clock = makeJudgingClock(start_ms - 600_000)
  tick()
  expect(momentFor(clock, start_ms - 700_000)).toBe(start_ms - 600_000 + interval_ms)
  expect(momentFor(clock, wall_ms + 1)).toBe(wall_ms)
})

test('a clock that is set back is followed', () => {
  tick()
  expect(tick(-3_600_000)).toBe(wall_ms)
  expect(tick(interval_ms, { pending: 1, received_at_ms: wall_ms + 3_600_000 })).toBe(wall_ms)
})
