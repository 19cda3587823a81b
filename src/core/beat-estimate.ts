// When the beats really start, from frames that come with all sorts of delay: a frame may be late and never early, so of the
// last few the earliest one is right.

import { beatMs, type Schedule, startOf } from './beat.ts'

/** `base`, shifted by the least of `offsets_ms`, which are those of the last frames. Monotonic times. */
export type Estimate = { base: Schedule; offsets_ms: readonly number[] }

const offsetsMax = 8

/** What a frame says of its beat. */
export type Sighting = {
  beat: number
  bpm: number
  /** When the frame came, less its lateness at the sender: the beat started then or before. */
  arrived_ms: number
  /** The start by the sender's wall clock and ours; undefined where these cannot both be right. */
  written_ms: number | undefined
}

/** The clock that runs a little slower or faster is followed as the frames go by. */
export function estimate(last: Estimate | null, sighting: Sighting): Estimate {
  const { beat, bpm, arrived_ms, written_ms } = sighting
  if (last) {
    const offset_ms = arrived_ms - startOf(last.base, beat)
    const { bpm: before, beat: newest } = last.base
    if (Math.abs(arrived_ms - startOf(toSchedule(last), beat)) < beatMs(bpm) / 2) {
      if (before === bpm)
        return { base: last.base, offsets_ms: [...last.offsets_ms, offset_ms].slice(-offsetsMax) }
    }
  }
  return { base: { beat, at_ms: written_ms ?? arrived_ms, bpm }, offsets_ms: [0] }
}

export const toSchedule = ({ base, offsets_ms }: Estimate): Schedule => ({
  ...base,
  at_ms: base.at_ms + Math.min(...offsets_ms),
})
