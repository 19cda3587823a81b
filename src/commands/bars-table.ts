// Reports and open bars as tables. Texts have a width of their own, so that lines which come later stand under the first.

import {
  type BarIssue,
  type BarReport,
  issueSeverities,
  type OpenBar,
  type StoredBar,
} from '../core/bar-report.ts'
import type { Column } from './output.ts'

export const barColumns: Column<StoredBar>[] = [
  { name: 'issued_at', heading: 'WHEN', value: (bar) => bar.issued_at, text: (bar) => toWhen(bar.issued_at) },
  { name: 'seq', value: (bar) => bar.seq, wide: true },
  { name: 'cluster_id', heading: 'CLUSTER', value: (bar) => bar.cluster_id, wide: true },
  {
    name: 'window_id',
    heading: 'WINDOW',
    value: (bar) => bar.window_id,
    text: (bar) => shortId(bar.window_id),
  },
  {
    name: 'from_beat',
    heading: 'BEATS',
    value: (bar) => bar.from_beat,
    text: (bar) => toBeats(bar).padStart(13),
  },
  { name: 'to_beat', heading: 'TO', value: (bar) => bar.to_beat, wide: true },
  { name: 'revision', heading: 'REV', value: (bar) => bar.revision },
  { name: 'agents_reporting', heading: 'AGENTS', value: (bar) => bar.agents_reporting },
  { name: 'on_time_reviews', heading: 'ON TIME', value: (bar) => bar.on_time_reviews },
  { name: 'help_promises_fulfilled', heading: 'HELP', value: (bar) => bar.help_promises_fulfilled },
  { name: 'claims', value: (bar) => bar.claims, wide: true },
  { name: 'late_claims', heading: 'LATE', value: (bar) => bar.late_claims, wide: true },
  {
    name: 'secret_rotations_ok',
    heading: 'SECRETS',
    value: (bar) => String(bar.secret_rotations_ok),
    text: (bar) => (bar.secret_rotations_ok ? 'ok' : 'overdue'),
    wide: true,
  },
  { name: 'tempo_bpm', heading: 'BPM', value: (bar) => bar.tempo_bpm, wide: true },
  {
    name: 'tempo_drift_ms',
    heading: 'DRIFT',
    value: (bar) => bar.tempo_drift_ms,
    text: (bar) => toDrift(bar).padStart(9),
  },
  { name: 'issues', value: (bar) => JSON.stringify(bar.issues), text: toIssuesText, shrinks: true },
]

export const windowColumns: Column<OpenBar>[] = [
  {
    name: 'window_id',
    heading: 'WINDOW',
    value: (bar) => bar.window_id,
    text: (bar) => shortId(bar.window_id),
  },
  { name: 'from_beat', heading: 'BEATS', value: (bar) => bar.from_beat, text: toBeats },
  { name: 'to_beat', heading: 'TO', value: (bar) => bar.to_beat, wide: true },
  { name: 'agents_reporting', heading: 'AGENTS', value: (bar) => bar.agents_reporting },
  { name: 'agents_expected', heading: 'BEFORE', value: (bar) => bar.agents_expected },
  { name: 'on_time_reviews', heading: 'ON TIME', value: (bar) => bar.on_time_reviews },
  { name: 'help_promises_fulfilled', heading: 'HELP', value: (bar) => bar.help_promises_fulfilled },
  { name: 'claims', value: (bar) => bar.claims },
  { name: 'late_claims', heading: 'LATE', value: (bar) => bar.late_claims },
  { name: 'revision', heading: 'REPORTED', value: (bar) => bar.revision, text: toReported },
  {
    name: 'states',
    value: (bar) => JSON.stringify(Object.fromEntries(bar.states)),
    text: toStatesText,
    shrinks: true,
  },
]

/** As ids are shown and may be typed. */
export const shortId = (window_id: string): string => window_id.slice(0, 8)

/** `1200–1319` */
export function toBeats({ from_beat, to_beat }: Pick<BarReport, 'from_beat' | 'to_beat'>): string {
  return `${from_beat}–${to_beat}`
}

/** `+0.4 ms`; positive is behind. */
export function toDrift({ tempo_drift_ms }: Pick<BarReport, 'tempo_drift_ms'>): string {
  return `${tempo_drift_ms < 0 ? '' : '+'}${tempo_drift_ms.toFixed(1)} ms`
}

/** The worst first. */
export const sortIssues = (issues: readonly BarIssue[]): BarIssue[] =>
  issues.toSorted((a, b) => issueSeverities.indexOf(b.severity) - issueSeverities.indexOf(a.severity))

/** `critical: 2 missing agent, 1 failed task; info: 3 late claim` */
function toIssuesText({ issues }: Pick<BarReport, 'issues'>): string {
  return issueSeverities
    .toReversed()
    .flatMap((severity) => {
      const those = issues.filter((issue) => issue.severity === severity)
      return those.length === 0 ? [] : [`${severity}: ${those.map(toCount).join(', ')}`]
    })
    .join('; ')
}

const toCount = ({ count, category }: BarIssue): string => `${count} ${category.replaceAll('_', ' ')}`

/** `12 executing, 3 blocked` */
export function toStatesText({ states }: Pick<OpenBar, 'states'>): string {
  return states.map(([state, agents]) => `${agents} ${state}`).join(', ')
}

function toReported({ revision }: OpenBar): string {
  return revision === null ? 'not yet' : `revision ${revision}`
}

/** To the second: a bar lasts longer. */
const toWhen = (rfc3339: string): string => `${rfc3339.slice(0, 10)} ${rfc3339.slice(11, 19)}Z`
