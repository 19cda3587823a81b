// Claims folded by bar: who reported, what was reviewed in time, which help was given. Part of the fleet, so that replay,
// restart and time travel have it too.

import { type BarReport, barReportType, type OpenBar } from './bar-report.ts'
import type { ClaimState } from './status-claim.ts'

/** What counting needs of a stored claim (fleet-event.ts reads it from the line). */
export type ClaimFacts = {
  window_id: string
  from_beat: number
  to_beat: number
  state: ClaimState
  /** Empty when it names none. */
  task: string
  progress: number
  on_time: boolean
  late: boolean
}

export type Bar = {
  window_id: string
  from_beat: number
  to_beat: number
  claims: number
  late_claims: number
  /** Last revision reported; -1 for none. */
  revision: number
}

export type Bars = {
  /** Ascending, at most four: the present bar, the next one (claims may be a beat early), and the two before. */
  open: Bar[]
}

/** What a report needs beside the claims. */
export type ReportFacts = {
  cluster_id: string
  tempo_bpm: number
  tempo_drift_ms: number
  leader_changes: number
  /** Refused claims: by error code, and examples. */
  refused: { count: number; agents: string[] }
  dropped_views: number
  /** Token rotations that fell due in the window and are outstanding. */
  rotations_outstanding: number
  issued_at: string
}

export const makeBars = (): Bars => ({ open: [] })

/** `agent` is its number in the fleet. A claim for a bar that is not kept any more changes nothing. */
export function foldClaim(_bars: Bars, _agent: number, _claim: ClaimFacts): void {}

/** Takes note that a window was reported; from the stream. */
export function noteReport(
  bars: Bars,
  { window_id, revision }: Pick<BarReport, 'window_id' | 'from_beat' | 'to_beat' | 'revision'>,
): void {
  const bar = bars.open.find((each) => each.window_id === window_id)
  if (bar) bar.revision = Math.max(bar.revision, revision)
}

export function toOpenBar(_bars: Bars, bar: Bar): OpenBar {
  const { window_id, from_beat, to_beat, claims, late_claims, revision } = bar
  return {
    window_id,
    from_beat,
    to_beat,
    agents_reporting: 0,
    agents_expected: 0,
    on_time_reviews: 0,
    help_promises_fulfilled: 0,
    claims,
    late_claims,
    states: [],
    revision: revision < 0 ? null : revision,
  }
}

/** The report of a bar as it stands, with the revision after its last one. `ids` are the fleet's. */
export function toBarReport(bars: Bars, bar: Bar, facts: ReportFacts, _ids: readonly string[]): BarReport {
  const open = toOpenBar(bars, bar)
  return {
    type: barReportType,
    window_id: bar.window_id,
    from_beat: bar.from_beat,
    to_beat: bar.to_beat,
    agents_reporting: open.agents_reporting,
    on_time_reviews: open.on_time_reviews,
    help_promises_fulfilled: open.help_promises_fulfilled,
    secret_rotations_ok: facts.rotations_outstanding === 0,
    tempo_drift_ms: facts.tempo_drift_ms,
    issues: [],
    cluster_id: facts.cluster_id,
    revision: bar.revision + 1,
    issued_at: facts.issued_at,
    tempo_bpm: facts.tempo_bpm,
    claims: bar.claims,
    late_claims: bar.late_claims,
  }
}
