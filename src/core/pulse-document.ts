// What the pulse says about itself, and the tempo: `beacon beat`, `beacon tempo`, GET /api/v1/status, POST /api/v1/tempo.

import type { Phase } from './beat.ts'
import type { BarTiming } from './beat-frame.ts'
import { err, ok, type Result } from './result.ts'
import { isRfc3339 } from './rfc3339.ts'
import { toTempo } from './tempo.ts'

/** Subjects of one cluster. */
export const backbeatSubjects = (cluster: string) => ({
  beat: `backbeat.${cluster}.beat`,
  bar: `backbeat.${cluster}.bar`,
  /** Followed by the agent's token (subjects.ts, `toAgentToken`). */
  claim: `backbeat.${cluster}.claim`,
  /** Request, no body or StatusRequest → PulseDocument. */
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

/**
 * The leader answers, and whoever hears no leader any more. With `anyone`, all that know of a beat do: for when the leader
 * is silent, which the others find out only after two beats.
 */
export type StatusRequest = { anyone: boolean }

/** As it was asked for: the leader checks it. */
export type TempoRequest = { bpm: unknown }

export type TempoDocument = {
  schema: 'beacon.tempo.v1'
  cluster_id: string
  tempo_bpm: number
  /** Null when nothing was to change. */
  tempo_next: { bpm: number; at_beat: number } | null
  tempo_min_bpm: number
  tempo_max_bpm: number
}

/** What a follower goes by is checked; the rest is for people. The error names the first field that is wrong. */
export function parsePulseDocument(value: unknown): Result<PulseDocument, string> {
  if (typeof value !== 'object' || value === null) return err('schema')
  const document = value as PulseDocument
  const { schema, cluster_id, beat_index, beats_per_bar, tempo_bpm, beat_at, at, leader, epoch, degraded } =
    document
  const isTime = (text: unknown): boolean => typeof text === 'string' && isRfc3339(text)
  const isWhole = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0
  if (schema !== 'beacon.pulse.v1') return err('schema')
  if (typeof cluster_id !== 'string') return err('cluster_id')
  if (!isWhole(beat_index)) return err('beat_index')
  if (!isWhole(beats_per_bar) || beats_per_bar === 0) return err('beats_per_bar')
  if (typeof tempo_bpm !== 'number' || toTempo(tempo_bpm) === undefined) return err('tempo_bpm')
  if (!isTime(beat_at)) return err('beat_at')
  if (!isTime(at)) return err('at')
  if (leader !== null && typeof leader !== 'string') return err('leader')
  if (!isWhole(epoch)) return err('epoch')
  return typeof degraded === 'boolean' ? ok(document) : err('degraded')
}
