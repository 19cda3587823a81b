// The badge: is what the screen shows true right now, and if not, since when or of when.

import { formatAge, formatSpan } from './format.ts'
import type { Piece } from './line.ts'
import { liveNow, type Model, momentOf } from './model.ts'
import type { Paint } from './paint.ts'

/** An aggregator that has just started folds the past first: live, but not yet the present. */
const behind_ms = 2_000

export function viewBadge(model: Model, paint: Paint): Piece {
  const { link, travel, now_ms } = model
  // Ages are padded: what stands behind the badge keeps still.
  const age = (since_ms: number): string => formatAge(now_ms - since_ms).padEnd(3)
  if (travel) return [`◀ TIME −${formatSpan(liveNow(model) - momentOf(travel))}`, paint.accent]
  switch (link.name) {
    case 'connecting':
      return ['○ CONNECTING', paint.warn]
    case 'lost':
      return [`○ RECONNECTING ${age(link.since_ms)}`, paint.bad]
    case 'live': {
      if (model.held) return [`‖ PAUSED ${age(model.held_ms)}`, paint.warn]
      const lag_ms = model.live?.frame.lag.ms ?? 0
      return lag_ms < behind_ms
        ? ['● LIVE', paint.good]
        : [`◐ BEHIND ${formatAge(lag_ms).padEnd(3)}`, paint.warn]
    }
  }
}
