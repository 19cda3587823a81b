// How long flushes take and how many events they carry, over the last minute.

import { build } from 'hdr-histogram-js'

export type FlushTimes = {
  record(elapsed_ms: number, events: number): void
  stats(): { flushes_total: number; flush_p50_ms: number; flush_p99_ms: number; flush_events_mean: number }
}

export function makeFlushTimes(): FlushTimes {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 2,
  })
  let flushes = 0
  let events = 0
  return {
    record(elapsed_ms, count) {
      histogram.recordValue(Math.max(1, Math.round(elapsed_ms * 1000)))
      flushes++
      events += count
    },
    stats: () => ({
      flushes_total: flushes,
      flush_p50_ms: histogram.getValueAtPercentile(50) / 1000,
      flush_p99_ms: histogram.getValueAtPercentile(99) / 1000,
      flush_events_mean: flushes === 0 ? 0 : Math.round(events / flushes),
    }),
  }
}
