// One frame after the other becomes a picture: the newest events and the seconds add up.

import type { FleetFrame } from '../core/view.ts'
import type { Picture } from './model.ts'

const newest_max = 200
const history_max_s = 300

export function addFrame(before: Picture | null, frame: FleetFrame, now_ms: number): Picture {
  const fresh = frame.newest.toReversed()
  // Another view begins: after a reconnect its first frame repeats events and seconds that we have.
  const known = before?.newest[0]?.seq ?? 0
  const newest = fresh.filter((event) => event.seq > known).concat(before?.newest ?? [])
  return {
    frame,
    heard_ms: now_ms,
    at_ms: frame.at_ms,
    newest: newest.slice(0, newest_max),
    history: addSeconds(before?.history ?? { until_s: 0, counts: [] }, frame.seconds),
    skipped: (before?.skipped ?? 0) + frame.skipped,
    coalesced: (before?.coalesced ?? 0) + frame.coalesced,
  }
}

/** `until_s` is the second after the last count. Seconds that nobody told us about count as empty. */
function addSeconds(before: Picture['history'], seconds: FleetFrame['seconds']): Picture['history'] {
  if (seconds.counts.length === 0) return before
  const until_s = seconds.from_s + seconds.counts.length
  if (before.until_s === 0) return { until_s, counts: seconds.counts }
  const known = Math.max(0, before.until_s - seconds.from_s)
  const hole = Math.min(history_max_s, Math.max(0, seconds.from_s - before.until_s))
  const counts = [...before.counts, ...Array<number>(hole).fill(0), ...seconds.counts.slice(known)]
  return { until_s: Math.max(until_s, before.until_s), counts: counts.slice(-history_max_s) }
}
