// The BarReport `backbeat.barreport.v1` and the windows that are still open.

import type { ClaimState } from './status-claim.ts'

export const barReportType = 'backbeat.barreport.v1'

export const issueSeverities = ['info', 'warning', 'critical'] as const
export type IssueSeverity = (typeof issueSeverities)[number]

export const issueCategories = [
  'missing_agent',
  'late_claim',
  'invalid_claim',
  'failed_task',
  'blocked_agent',
  'leader_change',
  'drift',
  'dropped_view',
] as const
export type IssueCategory = (typeof issueCategories)[number]

export type BarIssue = {
  severity: IssueSeverity
  category: IssueCategory
  count: number
  /** Up to five examples; empty where it is not about agents. */
  agents: string[]
  /** In words, for people. */
  message: string
}

/** As on the wire. The fields from `cluster_id` on are Beacon's own. */
export type BarReport = {
  type: typeof barReportType
  window_id: string
  /** Both inclusive. */
  from_beat: number
  to_beat: number
  agents_reporting: number
  on_time_reviews: number
  help_promises_fulfilled: number
  secret_rotations_ok: boolean
  /** Mean of actual − scheduled beat start; positive is behind. */
  tempo_drift_ms: number
  /** At most 100. */
  issues: BarIssue[]
  cluster_id: string
  /** 0 for the first report of the window; a higher one replaces it. */
  revision: number
  /** RFC 3339. */
  issued_at: string
  tempo_bpm: number
  claims: number
  late_claims: number
}

/** A report and where it stands in the stream. */
export type StoredBar = BarReport & { seq: number }

/** A bar as it fills up. */
export type OpenBar = {
  window_id: string
  from_beat: number
  to_beat: number
  agents_reporting: number
  /** Agents that reported in the bar before. */
  agents_expected: number
  on_time_reviews: number
  help_promises_fulfilled: number
  claims: number
  late_claims: number
  /** Agents by their last state in the bar; in the order of `claimStates`, without zeros. */
  states: [ClaimState, number][]
  /** Last one issued; null before the first. */
  revision: number | null
}

export const barSubjects = {
  /** Reports in BEACON_EVENTS: followed by the cluster. Republished on `backbeat.<cluster>.bar`. */
  stored: 'beacon.bar',
  /** Aggregator, no body → WindowsDocument. */
  windows: 'beacon.bars.windows',
  /** Aggregator, `{window}` → WindowDocument; 404 when it is not open. */
  window: 'beacon.bars.window',
  /** Historian, BarsRequest → BarsDocument. */
  bars: 'beacon.history.bars',
} as const

export type WindowsDocument = {
  schema: 'beacon.windows.v1'
  cluster_id: string
  /** RFC 3339. */
  at: string
  /** Oldest first. */
  windows: OpenBar[]
}

export type WindowDocument = {
  schema: 'beacon.window.v1'
  cluster_id: string
  at: string
  /** False: closed, then `report` is its last revision, and `window` is null. */
  open: boolean
  window: OpenBar | null
  /** What would be reported now, or what was. */
  report: BarReport
}

/** Which reports, in the order of the stream, archived or not. */
export type BarsRequest = {
  /** The id of a window, or its beginning. */
  window?: string
  /** Issued at; both included. */
  since_ms?: number
  until_ms?: number
  /** Sequences; both included. */
  from_seq?: number
  to_seq?: number
  /** At most so many (1 to 1,000; default 20): the last ones that fit, or the first ones with `first`. Oldest first in any case. */
  limit?: number
  first?: boolean
  /** Every revision; without it only the last one of each window within the range. */
  revisions?: boolean
}

export type BarsDocument = {
  schema: 'beacon.bars.v1'
  bars: StoredBar[]
  /** There are more in the wanted direction; the search may also have ended early, at `searched_seq`. */
  more: boolean
  /** How far the search came: go on before it (behind it, with `first`). Null when nothing was looked at. */
  searched_seq: number | null
}
