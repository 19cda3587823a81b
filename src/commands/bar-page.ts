// One report for people: what was counted, and each issue with its examples.

import type { BarReport, OpenBar } from '../core/bar-report.ts'
import { sortIssues, toBeats, toDrift, toStatesText } from './bars-table.ts'
import type { Column } from './output.ts'
import { formatTable } from './table-layout.ts'

/** `window` when it is still open: then the report is what would be said now. `cells` is the width of the terminal. */
export function toBarPage(report: BarReport, window: OpenBar | null, cells: number): string {
  return [
    toHead(report, window),
    `COUNTS\n${toPairs(toCounts(report, window), cells)}`,
    report.issues.length === 0 ? 'ISSUES\n  none\n' : `ISSUES\n${toIssueLines(report, cells)}`,
  ].join('\n')
}

function toHead(report: BarReport, window: OpenBar | null): string {
  const { window_id, cluster_id, revision, issued_at } = report
  const beats = `beats ${toBeats(report)} of ${cluster_id}`
  if (window === null) return `${window_id} · ${beats}\nrevision ${revision}, issued ${issued_at}\n`
  const said = window.revision === null ? 'not reported yet' : `reported, revision ${window.revision}`
  return `${window_id} · ${beats}\nopen, ${said}\n`
}

type Pair = readonly [name: string, text: string]

function toCounts(report: BarReport, window: OpenBar | null): Pair[] {
  const before = window === null ? '' : `, ${window.agents_expected} in the bar before`
  const states = window === null ? '' : toStatesText(window)
  return [
    ['agents reporting', `${report.agents_reporting}${before}`],
    ...(states === '' ? [] : [['states', states] as const]),
    ['on time reviews', String(report.on_time_reviews)],
    ['help fulfilled', String(report.help_promises_fulfilled)],
    ['claims', `${report.claims}, ${report.late_claims} of them late`],
    ['secret rotations', report.secret_rotations_ok ? 'none outstanding' : 'outstanding'],
    ['tempo', `${report.tempo_bpm} BPM, drift ${toDrift(report)}`],
  ]
}

const toPairs = (pairs: Pair[], cells: number): string =>
  indent(formatTable(pairColumns, pairs, cells - 2, { heading: false }))

const pairColumns: Column<Pair>[] = [
  { name: 'name', value: ([name]) => name },
  { name: 'text', value: ([, text]) => text, shrinks: true },
]

const toIssueLines = ({ issues }: BarReport, cells: number): string =>
  indent(formatTable(issueColumns, sortIssues(issues), cells - 2, { heading: false }))

const issueColumns: Column<BarReport['issues'][number]>[] = [
  { name: 'severity', value: ({ severity }) => severity },
  { name: 'count', value: ({ count }) => count },
  { name: 'category', value: ({ category }) => category.replaceAll('_', ' ') },
  { name: 'message', value: ({ message }) => message, shrinks: true },
  { name: 'agents', value: ({ agents }) => agents.join(', '), shrinks: true },
]

const indent = (lines: string): string => lines.replace(/^(?=.)/gm, '  ')
