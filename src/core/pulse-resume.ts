// Where a new leader takes up the count: no index twice, none left out, and the beat as it was heard.

import { type BarTimings, joinTimings, noteLeaderChange } from './bar-timing.ts'
import { beatAt, startOf } from './beat.ts'
import type { BeatTracker, Clock } from './beat-tracker.ts'
import type { PulseNode, Term } from './pulse-node.ts'
import { allowance_ms, type PulseState, scheduleAt } from './pulse-state.ts'

type Tempi = Pick<Term, 'schedule' | 'tempo_next'>

export function resume(
  { options, tracker, timings }: PulseNode,
  kept: PulseState | null,
  clock: Clock,
): Tempi &
  Pick<Term, 'beats_per_bar' | 'next_beat' | 'sent_beat' | 'sent_before' | 'last_beat'> & {
    timings: BarTimings
  } {
  const now_ms = clock.monotonic_ms
  const beats_per_bar = kept?.beats_per_bar ?? (tracker.beats_per_bar || options.beats_per_bar)
  const sent_beat = Math.max(tracker.taken, kept?.sent_beat ?? -1)
  let tempi = knownTempi(kept, tracker, clock) ?? {
    schedule: { beat: sent_beat + 1, at_ms: now_ms, bpm: options.bpm },
    tempo_next: null,
  }
  const allowed = Math.max(sent_beat, kept?.last_beat ?? -1)
  const isBehind = presentBeat(tempi, now_ms) < sent_beat - 1
  // Its leader may have sent all that the state allows, and could not write down that it did.
  const isFarBehind = presentBeat(tempi, now_ms + allowance_ms) < allowed - 1
  // Less than a beat is the delay with which the last frame was heard.
  if (isBehind || isFarBehind) {
    // The wall clock went back, and the kept schedule with it. The count goes on from here.
    const beat = allowed + 1
    const { schedule, tempo_next } = scheduleAt(tempi.schedule, tempi.tempo_next, beat)
    tempi = { schedule: { beat, at_ms: now_ms, bpm: schedule.bpm }, tempo_next }
  }
  // A node that heard frames makes good for what it did not hear, for others did not either.
  const missing = (tracker.taken < 0 ? sent_beat : tracker.taken) + 1
  const next_beat = Math.max(0, missing, presentBeat(tempi, now_ms) - beats_per_bar + 1)
  const joined = joinTimings(kept ?? noTimings, timings)
  if (sent_beat >= 0) noteLeaderChange(joined, next_beat, beats_per_bar)
  return {
    ...tempi,
    beats_per_bar,
    next_beat,
    sent_beat,
    sent_before: sent_beat,
    last_beat: allowed,
    timings: joined,
  }
}

const noTimings: BarTimings = { bar: null, last_bar: null }

/**
 * What was heard is preferred to what is kept, which is by the wall clock of another: if the last frame heard was of the
 * tempo in force, or the very last one before it.
 */
function knownTempi(
  kept: PulseState | null,
  { schedule: heard }: BeatTracker,
  { monotonic_ms, wall_ms }: Clock,
): Tempi | undefined {
  if (!kept) return heard ? { schedule: heard, tempo_next: null } : undefined
  const known = heard?.beat ?? -1
  const { schedule, tempo_next } = scheduleAt(kept.schedule, kept.tempo_next, known)
  const { beat, bpm } = schedule
  if (heard && (known === beat - 1 || (known >= beat && heard.bpm === bpm)))
    return { schedule: { beat, at_ms: startOf(heard, beat), bpm }, tempo_next }
  const at_ms = schedule.at_ms - wall_ms + monotonic_ms
  return { schedule: { beat, at_ms, bpm }, tempo_next }
}

/** The beat that runs now. */
export function presentBeat({ schedule, tempo_next }: Tempi, now_ms: number): number {
  const beat = beatAt(schedule, now_ms)
  return beatAt(scheduleAt(schedule, tempo_next, beat).schedule, now_ms)
}
