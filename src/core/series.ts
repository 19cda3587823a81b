// The last ten minutes, second by second: how the fleet was at the end of each, and what was taken in during it.

import { healths } from './health.ts'
import type { FleetTotals, Series } from './view.ts'

export const series_s = 600
const statusesMax = 12

type Second = {
  events: number
  errors: number
  lag_ms: number
  agents: number
  /** In the order of `healths`. */
  by_health: number[]
  by_status: [status: string, agents: number][]
}

export type SeriesRing = {
  /** The last of the seconds. */
  second_s: number
  seconds: Second[]
  /** Counts of the fleet at the last sample, to take the next second's from. */
  events: number
  errors: number
  /** What `seriesOf` made of these seconds. */
  series: Series | undefined
}

export const makeSeries = (): SeriesRing => ({
  second_s: 0,
  seconds: [],
  events: 0,
  errors: 0,
  series: undefined,
})

/**
 * Takes the sample of a second that has ended. Seconds for which no sample was taken repeat the one before them, with nothing
 * taken in. A clock that was set back, or that left all of them behind, begins anew.
 */
export function sampleSeries(ring: SeriesRing, second_s: number, totals: FleetTotals, lag_ms: number): void {
  const passed = second_s - ring.second_s
  if (passed < 0 || passed > series_s) ring.seconds = []
  const last = ring.seconds.at(-1)
  if (last) for (let i = 1; i < passed; i++) ring.seconds.push({ ...last, events: 0, errors: 0 })
  // Of the very first second it is not known what came before it.
  const first = ring.second_s === 0
  if (passed === 0) return
  ring.seconds.push({
    events: first ? 0 : totals.events - ring.events,
    errors: first ? 0 : totals.errors - ring.errors,
    lag_ms,
    agents: totals.agents,
    by_health: healths.map((health) => totals.by_health[health]),
    by_status: totals.by_status,
  })
  ring.seconds.splice(0, ring.seconds.length - series_s)
  ring.second_s = second_s
  ring.events = totals.events
  ring.errors = totals.errors
  ring.series = undefined
}

/** The same object until the next sample. */
export function seriesOf(ring: SeriesRing): Series {
  ring.series ??= toSeries(ring)
  return ring.series
}

function toSeries({ second_s, seconds }: SeriesRing): Series {
  return {
    from_s: second_s - seconds.length + 1,
    events: seconds.map(({ events }) => events),
    errors: seconds.map(({ errors }) => errors),
    lag_ms: seconds.map(({ lag_ms }) => lag_ms),
    agents: seconds.map(({ agents }) => agents),
    by_health: healths.map((_, health) => seconds.map(({ by_health }) => by_health[health] as number)),
    by_status: frequentStatuses(seconds).map((status) => ({
      status,
      agents: seconds.map(({ by_status }) => by_status.find(([text]) => text === status)?.[1] ?? 0),
    })),
  }
}

/** By how many agents had it at most in one second. */
function frequentStatuses(seconds: Second[]): string[] {
  const most = new Map<string, number>()
  for (const { by_status } of seconds)
    for (const [status, agents] of by_status) most.set(status, Math.max(agents, most.get(status) ?? 0))
  return [...most]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, statusesMax)
    .map(([status]) => status)
}
