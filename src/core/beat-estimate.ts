// When the beats really start, from frames that come with all sorts of delay: a frame may be late and never early, so of the
// last few the earliest one is right.

import { beatMs, type Schedule, startOf } from './beat.ts'

/** Times are monotonic. */
export type Estimate = {
  /** The schedule is this one, shifted by the least of `offsets_ms`. */
  base: Schedule
  /** Of the last frames, against the base. */
  offsets_ms: readonly number[]
  /** Of the last frame. */
  beat: number
}

/** So few that a clock which runs a little slower or faster is followed. */
const offsetsMax = 8

/** What a frame says of its beat. */
export type Sighting = {
  beat: number
  bpm: number
  /** When it came, less its lateness at the sender: the beat started then or before. */
  arrived_ms: number
  /** The start by the sender's wall clock and ours, free of any delay; undefined where these cannot both be right. */
  written_ms: number | undefined
}

/** `last` is null at the first frame, and after a silence. */
export function estimate(last: Estimate | null, sighting: Sighting): Estimate {
  const { beat, bpm, arrived_ms, written_ms } = sighting
  const even_ms = last ? startOf(toSchedule(last), beat) : Number.NaN
  const delay_ms = arrived_ms - even_ms
  const slack_ms = beatMs(bpm) / 2
  // Later than the others it was delayed; but what is much too early says that the count is another.
  if (last?.base.bpm === bpm && delay_ms > -slack_ms) {
    const offset_ms = arrived_ms - startOf(last.base, beat)
    return { base: last.base, offsets_ms: [...last.offsets_ms, offset_ms].slice(-offsetsMax), beat }
  }
  // The first beat of a new tempo starts by the one before.
  const isNext = beat === (last?.beat ?? beat) + 1 && Math.abs(delay_ms) < slack_ms
  return { base: { beat, at_ms: isNext ? even_ms : (written_ms ?? arrived_ms), bpm }, offsets_ms: [0], beat }
}

export const toSchedule = ({ base, offsets_ms }: Estimate): Schedule => ({
  ...base,
  at_ms: base.at_ms + Math.min(...offsets_ms),
})
