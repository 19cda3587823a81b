import { expect, test } from 'vitest'
import { makeFleet } from '../../src/core/fleet.ts'
import { pictureAt } from '../../src/core/fleet-picture.ts'
import { totalsOf } from '../../src/core/fleet-totals.ts'
import { makeSeries, sampleSeries, series_s, seriesOf } from '../../src/core/series.ts'
import type { FleetTotals } from '../../src/core/view.ts'

const empty = totalsOf(pictureAt(makeFleet(), 0))
const totals = (given: Partial<FleetTotals>): FleetTotals => ({ ...empty, ...given })

test('each second has what was taken in during it, and how the fleet was at its end', () => {
  const ring = makeSeries()
  sampleSeries(ring, 100, totals({ events: 1_000, errors: 10, agents: 3 }), 0)
  sampleSeries(ring, 101, totals({ events: 1_040, errors: 11, agents: 4, by_status: [['a', 3]] }), 250)
  sampleSeries(
    ring,
    102,
    totals({
      events: 1_050,
      errors: 11,
      agents: 4,
      by_health: { ...empty.by_health, late: 2 },
      by_status: [['b', 4]],
    }),
    0,
  )
  expect(seriesOf(ring)).toEqual({
    from_s: 100,
    // What came before the first second is not of it.
    events: [0, 40, 10],
    errors: [0, 1, 0],
    lag_ms: [0, 250, 0],
    agents: [3, 4, 4],
    by_health: [
      [0, 0, 0],
      [0, 0, 2],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
    by_status: [
      { status: 'b', agents: [0, 0, 4] },
      { status: 'a', agents: [0, 3, 0] },
    ],
  })
})

test('ten minutes are kept, and their series is made once', () => {
  const ring = makeSeries()
  for (let second = 1; second <= 700; second++) sampleSeries(ring, second, totals({ events: second }), 0)
  const series = seriesOf(ring)
  expect(series.from_s).toBe(101)
  expect(series.events).toEqual(Array.from({ length: series_s }, () => 1))
  expect(seriesOf(ring)).toBe(series)
})

test('seconds without a sample repeat the one before, with nothing taken in', () => {
  const ring = makeSeries()
  sampleSeries(ring, 100, totals({ events: 5, agents: 2 }), 0)
  sampleSeries(ring, 104, totals({ events: 9, agents: 3 }), 0)
  expect(seriesOf(ring)).toMatchObject({ from_s: 100, events: [0, 0, 0, 0, 4], agents: [2, 2, 2, 2, 3] })
})

test.each([
  ['set back', 50],
  ['that left all of them behind', 100_000],
])('a clock %s begins anew', (_, second) => {
  const ring = makeSeries()
  sampleSeries(ring, 100, totals({ events: 5 }), 0)
  sampleSeries(ring, second, totals({ events: 7 }), 0)
  expect(seriesOf(ring)).toMatchObject({ from_s: second, events: [2] })
})
