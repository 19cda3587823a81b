// What a cluster's pulse is to remember, whoever leads: one value in the KV bucket `backbeat_state`, replaced only by
// compare-and-set (docs/adr/0008).

import { type Schedule, startOf } from './beat.ts'
import type { BarTiming } from './beat-frame.ts'

export const pulseStateSchema = 'beacon.pulse_state.v1'

/** A state allows the beats of this time in advance. */
export const allowance_ms = 1_000

export type TempoNext = { bpm: number; at_beat: number }

export type PulseState = {
  schema: typeof pulseStateSchema
  cluster_id: string
  /** Of the leader that wrote this; the next one's is higher. */
  epoch: number
  leader: string
  /** By the writer's wall clock. Its beat is where the tempo in force, or a shifted count, began. */
  schedule: Schedule
  beats_per_bar: number
  /** A change to come; every beat before it was, or will be, by `schedule`. */
  tempo_next: TempoNext | null
  /** Highest index known to be sent when this was written. */
  sent_beat: number
  /** Highest index that may be sent before the next state is written. */
  last_beat: number
  /** The bar of `sent_beat` so far. */
  bar: BarTiming | null
  last_bar: BarTiming | null
}

/** The schedule that holds at `beat`, and the change that is still to come then. */
export function scheduleAt(
  schedule: Schedule,
  tempo_next: TempoNext | null,
  beat: number,
): { schedule: Schedule; tempo_next: TempoNext | null } {
  if (!tempo_next || beat < tempo_next.at_beat) return { schedule, tempo_next }
  const { at_beat, bpm } = tempo_next
  return { schedule: { beat: at_beat, at_ms: startOf(schedule, at_beat), bpm }, tempo_next: null }
}
