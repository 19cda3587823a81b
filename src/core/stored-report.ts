// Reports as they stand in the stream and in the archive: read back from their bytes, and judged by the one rule that the
// reports of a window only go up.

import {
  type BarIssue,
  type BarReport,
  barReportType,
  issueCategories,
  issueSeverities,
} from './bar-report.ts'

/** The report in a message or a row; undefined when it is none, or not whole. Fields of a later Beacon are kept. */
export function parseBarReport(json: string): BarReport | undefined {
  try {
    const report = JSON.parse(json) as Partial<BarReport> | null
    return isReport(report) ? report : undefined
  } catch {
    return undefined
  }
}

const countNames = [
  'from_beat',
  'to_beat',
  'agents_reporting',
  'on_time_reviews',
  'help_promises_fulfilled',
  'revision',
  'claims',
  'late_claims',
] as const satisfies (keyof BarReport)[]

function isReport(report: Partial<BarReport> | null): report is BarReport {
  return (
    report?.type === barReportType &&
    /^[0-9a-f]{32}$/.test(report.window_id ?? '') &&
    /^[A-Za-z0-9_-]{1,64}$/.test(report.cluster_id ?? '') &&
    countNames.every((name) => isCount(report[name])) &&
    typeof report.secret_rotations_ok === 'boolean' &&
    Number.isFinite(report.tempo_drift_ms) &&
    Number.isFinite(report.tempo_bpm) &&
    !Number.isNaN(Date.parse(report.issued_at ?? '')) &&
    Array.isArray(report.issues) &&
    report.issues.every(isIssue)
  )
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function isIssue(issue: Partial<BarIssue> | null): boolean {
  return (
    issueSeverities.some((each) => each === issue?.severity) &&
    issueCategories.some((each) => each === issue?.category) &&
    isCount(issue?.count) &&
    typeof issue?.message === 'string' &&
    Array.isArray(issue.agents) &&
    issue.agents.every((agent) => typeof agent === 'string')
  )
}

/** The highest revision of each of the last windows reported; the window reported last comes last. */
export type Reported = Map<string, number>

/** A window is reported until the bar after the next has begun: what comes so many windows later repeats nothing. */
const windows_max = 256

/** Judges one report and remembers it. The caller drops what is `repeated`: that revision, or a later one, is there. */
export function observeReport(
  reported: Reported,
  { window_id, revision }: Pick<BarReport, 'window_id' | 'revision'>,
): 'new' | 'repeated' {
  if (revision <= (reported.get(window_id) ?? -1)) return 'repeated'
  reported.delete(window_id)
  reported.set(window_id, revision)
  for (const oldest of reported.keys()) {
    if (reported.size <= windows_max) break
    reported.delete(oldest)
  }
  return 'new'
}
