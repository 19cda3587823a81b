// Beats, open bars and reports for tests of the screen.

import { type BarIssue, barReportType, type OpenBar, type StoredBar } from '../../../src/core/bar-report.ts'
import { toWindowId } from '../../../src/core/beat.ts'
import type { Beat } from '../../../src/core/beat-tracker.ts'
import type { PulseDocument } from '../../../src/core/pulse-document.ts'
import { start_ms } from '../frames.ts'

export const beats_per_bar = 120
const bar_ms = 60_000

export const bounds = (bar: number) => ({
  window_id: toWindowId('prod', bar * beats_per_bar),
  from_beat: bar * beats_per_bar,
  to_beat: (bar + 1) * beats_per_bar - 1,
})

/** The beat of a bar, counted from 0 within it. */
export const makeBeat = (bar: number, beat = 0, changes: Partial<Beat> = {}): Beat => ({
  ...bounds(bar),
  beat_index: bar * beats_per_bar + beat,
  downbeat: beat === 0,
  phase: 'plan',
  progress: 0,
  tempo_bpm: 120,
  beats_per_bar,
  starts_ms: start_ms,
  deadline_ms: start_ms + 167,
  ends_ms: start_ms + 500,
  degraded: false,
  epoch: 1_782_475_200,
  leader: 'pulse-1',
  ...changes,
})

/** Issued a bar's length after the one before. */
export const makeBar = (bar: number, changes: Partial<StoredBar> = {}): StoredBar => ({
  type: barReportType,
  ...bounds(bar),
  agents_reporting: 1_000,
  on_time_reviews: 940,
  help_promises_fulfilled: 12,
  secret_rotations_ok: true,
  tempo_drift_ms: 0.12,
  issues: [],
  cluster_id: 'prod',
  revision: 0,
  issued_at: new Date(start_ms + (bar + 1) * bar_ms).toISOString(),
  tempo_bpm: 120,
  claims: 48_000,
  late_claims: 0,
  seq: 1_000 * (bar + 1),
  ...changes,
})

export const makeIssue = (changes: Partial<BarIssue> = {}): BarIssue => ({
  severity: 'warning',
  category: 'missing_agent',
  count: 2,
  agents: ['agent-1', 'agent-2'],
  message: '2 agents of the bar before did not report',
  ...changes,
})

export const makeOpenBar = (bar: number, changes: Partial<OpenBar> = {}): OpenBar => ({
  ...bounds(bar),
  agents_reporting: 812,
  agents_expected: 1_000,
  on_time_reviews: 611,
  help_promises_fulfilled: 12,
  claims: 4_211,
  late_claims: 3,
  states: [
    ['planning', 40],
    ['executing', 500],
    ['completed', 250],
    ['failed', 10],
    ['blocked', 12],
  ],
  revision: null,
  ...changes,
})

export const makePulse = (changes: Partial<PulseDocument> = {}): PulseDocument => ({
  schema: 'beacon.pulse.v1',
  cluster_id: 'prod',
  beat_index: 0,
  phase: 'plan',
  downbeat: true,
  ...bounds(0),
  beats_per_bar,
  tempo_bpm: 120,
  tempo_next: null,
  tempo_min_bpm: 108,
  tempo_max_bpm: 132,
  beat_at: new Date(start_ms).toISOString(),
  deadline_at: new Date(start_ms + 167).toISOString(),
  ends_at: new Date(start_ms + 500).toISOString(),
  at: new Date(start_ms).toISOString(),
  leader: 'pulse-1',
  epoch: 1_782_475_200,
  degraded: false,
  drift_ms: 0,
  jitter_ms: { p50: 0.2, p95: 1.1, p99: 2, max: 4 },
  last_bar: { from_beat: 0, beats: 120, drift_ms: 0.12, leader_changes: 0 },
  ...changes,
})
