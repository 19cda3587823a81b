// How a bar's beats were sent, folded beat by beat: by the leader as it sends, by the others as they hear.

import { barOf } from './beat.ts'
import type { BarTiming } from './beat-frame.ts'

/** The present bar, and the one that ended last. */
export type BarTimings = { bar: BarTiming | null; last_bar: BarTiming | null }

/** Takes in a beat that was sent `late_ms` after its start. A beat of an earlier bar changes nothing. */
export function noteBeat(timings: BarTimings, beat: number, late_ms: number, beats_per_bar: number): void {
  const bar = barAt(timings, beat, beats_per_bar)
  if (!bar) return
  bar.drift_ms += (late_ms - bar.drift_ms) / ++bar.beats
}

/** Another leader than the one before sends `beat`. */
export function noteLeaderChange(timings: BarTimings, beat: number, beats_per_bar: number): void {
  const bar = barAt(timings, beat, beats_per_bar)
  if (bar) bar.leader_changes++
}

function barAt(timings: BarTimings, beat: number, beats_per_bar: number): BarTiming | undefined {
  const { from_beat } = barOf(beat, beats_per_bar)
  const { bar } = timings
  if (bar && from_beat < bar.from_beat) return undefined
  if (bar?.from_beat === from_beat) return bar
  if (bar) timings.last_bar = bar
  timings.bar = { from_beat, beats: 0, drift_ms: 0, leader_changes: 0 }
  return timings.bar
}

/** As it is told to others: the mean to the microsecond. */
export const toToldTiming = (timing: BarTiming): BarTiming => ({
  ...timing,
  drift_ms: roundToMicros(timing.drift_ms),
})

/** Milliseconds with three decimals: what goes beyond is noise of the arithmetic. */
export const roundToMicros = (ms: number): number => Math.round(ms * 1_000) / 1_000

/** What two nodes know of the same bars: of each bar, what the one knows that counted more of its beats. */
export function joinTimings(a: BarTimings, b: BarTimings): BarTimings {
  const known = [a.bar, a.last_bar, b.bar, b.last_bar].filter((each) => each !== null)
  known.sort((x, y) => y.from_beat - x.from_beat || y.beats - x.beats)
  const bar = known[0] ?? null
  const last_bar = known.find((each) => bar && each.from_beat < bar.from_beat) ?? null
  return { bar: bar && { ...bar }, last_bar }
}
