// What whoever counts the beat can say of it, without having led: the pulse adds what only a leader knows.

import { roundToMicros } from './bar-timing.ts'
import type { Beat, Clock } from './beat-tracker.ts'
import type { PulseDocument } from './pulse-document.ts'
import { tempoRange } from './tempo.ts'

export function toCountedDocument(
  cluster_id: string,
  beat: Beat,
  { wall_ms }: Pick<Clock, 'wall_ms'>,
  drift_ms: number,
): PulseDocument {
  const { min_bpm, max_bpm } = tempoRange(beat.tempo_bpm)
  const at = (ms: number): string => new Date(Math.round(ms)).toISOString()
  return {
    schema: 'beacon.pulse.v1',
    cluster_id,
    beat_index: beat.beat_index,
    phase: beat.phase,
    downbeat: beat.downbeat,
    window_id: beat.window_id,
    from_beat: beat.from_beat,
    to_beat: beat.to_beat,
    beats_per_bar: beat.beats_per_bar,
    tempo_bpm: beat.tempo_bpm,
    tempo_next: null,
    tempo_min_bpm: min_bpm,
    tempo_max_bpm: max_bpm,
    beat_at: at(beat.starts_ms),
    deadline_at: at(beat.deadline_ms),
    ends_at: at(beat.ends_ms),
    at: at(wall_ms),
    leader: beat.leader,
    epoch: beat.epoch,
    degraded: beat.degraded,
    drift_ms: roundToMicros(drift_ms),
    jitter_ms: null,
    last_bar: null,
  }
}
