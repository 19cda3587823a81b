// When the beats really start, from frames that come with all sorts of delay: a frame may be late and never early, so of the
// last few the earliest one is right.

import { beatMs, type Schedule, startOf } from './beat.ts'

/** Times are monotonic. */
export type Estimate = {
  /** The schedule is this one, shifted by the least of `offsets_ms`. */
  base: Schedule
  /** Of the last frames, against the base; of those that came at once, the least. */
  offsets_ms: readonly number[]
  /** The last frame, and when it came. */
  beat: number
  came_ms: number
}

/** So few that a clock which runs a little slower or faster is followed. */
const offsetsMax = 8

/** A frame of a new leader that comes later than this was not delayed: that leader counts anew. */
const delayMax_ms = 10_000

/** What a frame says of its beat. */
export type Sighting = {
  beat: number
  bpm: number
  came_ms: number
  /** When it came, less its lateness at the sender: the beat started then or before. */
  arrived_ms: number
  /** The start by the sender's wall clock and ours, free of any delay; undefined where these cannot both be right. */
  written_ms: number | undefined
  /** From the same leader as the one before, whose beats come at even times. */
  goesOn: boolean
}

export function estimate(last: Estimate | null, sighting: Sighting): Estimate {
  const { beat, bpm, came_ms, arrived_ms, written_ms, goesOn } = sighting
  const even_ms = last ? startOf(toSchedule(last), beat) : Number.NaN
  const delay_ms = arrived_ms - even_ms
  const isNear = Math.abs(delay_ms) < beatMs(bpm) / 2
  const isDelayed = delay_ms > 0 && (goesOn || delay_ms < delayMax_ms)
  if (last?.base.bpm === bpm && (isNear || isDelayed)) {
    const offset_ms = arrived_ms - startOf(last.base, beat)
    // What waited together, since one end stood still, tells one thing.
    const isBurst = came_ms - last.came_ms < beatMs(bpm) / 2
    const offsets_ms = isBurst
      ? last.offsets_ms.with(-1, Math.min(last.offsets_ms.at(-1) ?? offset_ms, offset_ms))
      : [...last.offsets_ms, offset_ms].slice(-offsetsMax)
    return { base: last.base, offsets_ms, beat, came_ms }
  }
  // With a new tempo the beat itself starts by the one before.
  const at_ms = isNear && beat === (last?.beat ?? beat) + 1 ? even_ms : (written_ms ?? arrived_ms)
  return { base: { beat, at_ms, bpm }, offsets_ms: [0], beat, came_ms }
}

export const toSchedule = ({ base, offsets_ms }: Estimate): Schedule => ({
  ...base,
  at_ms: base.at_ms + Math.min(...offsets_ms),
})
