// What the pulse says about itself, and the tempo: `beacon beat`, `beacon tempo`, GET /api/v1/status, POST /api/v1/tempo.

import type { Phase } from './beat.ts'
import type { BarTiming } from './beat-frame.ts'

/** Subjects of one cluster. */
export const backbeatSubjects = (cluster: string) => ({
  beat: `backbeat.${cluster}.beat`,
  bar: `backbeat.${cluster}.bar`,
  /** Followed by the agent's token (subjects.ts, `toAgentToken`). */
  claim: `backbeat.${cluster}.claim`,
  /** Request, no body → PulseDocument. */
  status: `backbeat.${cluster}.status`,
  /** Request, TempoRequest → TempoDocument. */
  tempo: `backbeat.${cluster}.tempo`,
})

export type PulseDocument = {
  schema: 'beacon.pulse.v1'
  cluster_id: string
  /** The present beat by the answering node's count. */
  beat_index: number
  phase: Phase
  downbeat: boolean
  window_id: string
  from_beat: number
  to_beat: number
  beats_per_bar: number
  tempo_bpm: number
  /** A change that has been accepted and waits for its beat. */
  tempo_next: { bpm: number; at_beat: number } | null
  /** What the next change may be. */
  tempo_min_bpm: number
  tempo_max_bpm: number
  /** RFC 3339: the beat's start, the end of its phase, the end of the beat. */
  beat_at: string
  deadline_at: string
  ends_at: string
  /** The wall clock of whoever answers, RFC 3339: so that a client with another clock can tell where in the beat it is. */
  at: string
  /** Name of the leader; null as long as none is known. */
  leader: string | null
  epoch: number
  /** No frame came for two beats: beats are counted locally. */
  degraded: boolean
  /** Local count against the leader's when it was last heard again, in milliseconds; positive: the local one was behind. */
  drift_ms: number
  /** Of the frames that the leader sent in its last minutes: sent − scheduled. Null for a node that does not lead. */
  jitter_ms: { p50: number; p95: number; p99: number; max: number } | null
  /** The bar that ended last. */
  last_bar: BarTiming | null
}

export type TempoRequest = { bpm: number }

export type TempoDocument = {
  schema: 'beacon.tempo.v1'
  cluster_id: string
  tempo_bpm: number
  /** Null when nothing was to change. */
  tempo_next: { bpm: number; at_beat: number } | null
  tempo_min_bpm: number
  tempo_max_bpm: number
}
