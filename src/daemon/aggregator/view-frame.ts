// The frames of a view: what the next one holds, and whether it would show anything that the last one did not.

import { isDeepStrictEqual } from 'node:util'
import { makeWatch } from '../../core/event-watch.ts'
import { orderAgents } from '../../core/fleet-order.ts'
import { nothingShown, type Shown, toBody } from '../../core/fleet-view.ts'
import type { Window } from '../../core/select-window.ts'
import type { FleetBody, FleetQuery, Lag } from '../../core/view.ts'
import type { LivePicture } from './live-picture.ts'

/** What a view keeps of its frames. */
export type Frames = {
  /** The order of its rows, and the number of the period that it was made in. */
  window: Window | undefined
  period: number
  shown: Shown
  body: FleetBody | undefined
}

export const noFrames = (): Frames => ({
  window: undefined,
  period: -1,
  shown: nothingShown,
  body: undefined,
})

/** The next frame. It counts as shown once `frames` are these. */
export function nextFrame(
  live: LivePicture,
  query: FleetQuery,
  frames: Frames,
  { monotonic_ms, lag }: { monotonic_ms: number; lag: Lag },
): Frames & { body: FleetBody } {
  // Views with the same period get a new order at the same tick, so that they share it.
  const period = query.order_ms === 0 ? monotonic_ms : Math.floor(monotonic_ms / query.order_ms)
  const window = frames.window && frames.period === period ? frames.window : orderAgents(live.picture, query)
  const newest = newestOf(live, query)
  const { body, shown } = toBody(live.picture, query, window, frames.shown, lag, {
    newest,
    series: live.series,
  })
  return { window, period, shown, body }
}

function newestOf({ fleet, watches }: LivePicture, { newest_where }: FleetQuery): typeof fleet.newest {
  if (newest_where === undefined) return fleet.newest
  return (watches.get(newest_where) ?? makeWatch(newest_where, fleet.newest))?.newest ?? fleet.newest
}

/** True when a viewer could not tell the two apart: all but the clock is the same, and nothing came between them. */
export function looksSame(before: FleetBody, after: FleetBody): boolean {
  if (after.newest.length > 0 || after.seconds.counts.some((count) => count > 0)) return false
  return isDeepStrictEqual(lasting(before), lasting(after))
}

function lasting(body: FleetBody): object {
  const { at_ms, lag, newest, skipped, seconds, changed, changed_skipped, series, ...rest } = body
  return { ...rest, series: series && { ...series, from_s: 0 } }
}
