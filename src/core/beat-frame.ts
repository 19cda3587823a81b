// The BeatFrame `backbeat.beatframe.v1` and what Beacon says beside it in the header `Beacon-Pulse`.

import type { Phase } from './beat.ts'
import type { Json } from './event.ts'

export const beatFrameType = 'backbeat.beatframe.v1'
export const pulseHeader = 'Beacon-Pulse'

/** As on the wire; nothing but these fields. */
export type BeatFrame = {
  type: typeof beatFrameType
  /** `^[A-Za-z0-9_-]+$`, at most 64. */
  cluster_id: string
  beat_index: number
  /** The first beat of its bar. */
  downbeat: boolean
  /** Always `plan` in frames of Beacon's. */
  phase: Phase
  /** Wire form `hhhh:hhhh:hhhh`. */
  hlc: string
  /** RFC 3339: the end of `phase`. The beat's start and its other phases follow from it and the tempo. */
  deadline_at: string
  tempo_bpm: number
  /** 32 hex digits. */
  window_id: string
  metadata?: { pulse_version?: string; cluster_health?: Json; expected_agents?: number }
}

/** JSON in the header `Beacon-Pulse` of each frame. */
export type PulseNote = {
  /** Of the leader that sent it; frames of a lower epoch than one already heard are void. */
  epoch: number
  /** Name of the leader. */
  leader: string
  beats_per_bar: number
  /** Sent so long after the beat's scheduled start, in milliseconds, with decimals. */
  late_ms: number
  /** On a downbeat: the bar that ended. */
  bar?: BarTiming
}

/** How a bar's beats were sent. */
export type BarTiming = {
  from_beat: number
  /** Frames sent. */
  beats: number
  /** Mean of actual − scheduled start; positive is behind. */
  drift_ms: number
  leader_changes: number
}
