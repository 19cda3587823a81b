// What a pulse goes on with when the broker lost its store: the reports in the archive tell how far the beats were counted.

import { beatMs } from '../../core/beat.ts'
import { type PulseState, pulseStateSchema } from '../../core/pulse-state.ts'
import type { Home } from '../home.ts'

export type RecallOptions = {
  home: Home
  cluster_id: string
  now_ms: number
}

/** Null where no bar was ever reported. */
export async function recallState({ home, cluster_id, now_ms }: RecallOptions): Promise<PulseState | null> {
  // On demand: LMDB is the larger part of what would be loaded, and hardly ever needed.
  const { newestReport } = await import('../archive/newest-report.ts')
  const report = await newestReport(home, cluster_id)
  if (!report) return null
  const { from_beat, to_beat, issued_at, tempo_bpm: bpm } = report
  const beats_per_bar = to_beat - from_beat + 1
  const gone = Math.max(0, Math.ceil((now_ms - Date.parse(issued_at)) / beatMs(bpm)))
  // A bar more, since a report may be a revision, which is issued up to a bar later: no index is given twice.
  const beat = to_beat + 1 + beats_per_bar + gone
  return {
    schema: pulseStateSchema,
    cluster_id,
    epoch: 0,
    leader: '',
    schedule: { beat, at_ms: now_ms, bpm },
    beats_per_bar,
    tempo_next: null,
    sent_beat: beat - 1,
    last_beat: beat - 1,
    bar: null,
    last_bar: null,
  }
}
