// One report in full: its fields, its issues, and the agents of the issue under the cursor.

import type { BarIssue, StoredBar } from '../../core/bar-report.ts'
import { barNumber, formatDrift } from '../bar-words.ts'
import { ruleLine } from '../event/event-panel.ts'
import { formatCount, formatStamp } from '../format.ts'
import { fitLeft, fitPieces, fitRight, type Piece, toLine, toSafeText } from '../line.ts'
import type { Model } from '../model.ts'
import type { Paint } from '../paint.ts'
import type { Size } from '../view-spec.ts'
import { barOf } from './bars-acts.ts'
import type { BarsState } from './bars-state.ts'
import { issuesOf, severitySign } from './report-issues.ts'
import { toReportLayout } from './report-layout.ts'

/** Exactly `size.rows` lines. */
export function reportLines(model: Model, state: BarsState, size: Size, paint: Paint): string[] {
  const { columns, rows } = size
  const bar = barOf(model, state)
  if (!bar) return padded([toLine([missing(model, state, paint)], columns)], rows)
  const layout = toReportLayout(size)
  const issues = issuesOf(bar)
  const first = layout.firstIssue(state.issue, issues.length)
  const shown = issues.slice(first, first + layout.issues)
  const title = `bar ${formatCount(barNumber(bar))}${bar.revision === 0 ? '' : `, revision ${bar.revision}`}`
  const facts = factLines(bar, columns, paint).slice(0, layout.facts)
  const lines = [
    ruleLine(title, toSafeText(bar.window_id), columns, paint),
    ...padded(facts, layout.facts),
    ruleLine('issues', noteOf(issues, first, shown.length), columns, paint),
    ...(issues.length === 0
      ? [toLine([['  none: nothing went wrong', paint.good]], columns)]
      : shown.map((issue, i) => issueLine(issue, first + i === state.issue, columns, paint))),
    ...agentLines(issues[state.issue], columns, paint).slice(0, layout.agents),
  ]
  return padded(lines, rows)
}

const missing = ({ place }: Model, { error, unreported }: BarsState, paint: Paint): Piece =>
  error !== null
    ? [`  ${toSafeText(error)}`, paint.warn]
    : [
        unreported === place.window
          ? '  there is no report of this bar yet: it comes at the downbeat'
          : '  asking …',
        paint.dim,
      ]

const label_cells = 16

/** Pairs of facts, as many beside each other as fit. */
function factLines(bar: StoredBar, columns: number, paint: Paint): string[] {
  const issued_ms = Date.parse(bar.issued_at)
  const facts: [label: string, value: Piece][] = [
    ['beats', [`${formatCount(bar.from_beat)}–${formatCount(bar.to_beat)}`]],
    ['agents reporting', [formatCount(bar.agents_reporting), paint.bold]],
    ['on-time reviews', [formatCount(bar.on_time_reviews)]],
    ['help kept', [formatCount(bar.help_promises_fulfilled)]],
    ['claims', [formatCount(bar.claims)]],
    ['late claims', [formatCount(bar.late_claims), bar.late_claims > 0 ? paint.warn : undefined]],
    ['tempo', [`${bar.tempo_bpm} BPM`]],
    ['drift', [formatDrift(bar.tempo_drift_ms)]],
    ['rotations', bar.secret_rotations_ok ? ['ok', paint.good] : ['OUTSTANDING', paint.bad]],
    ['issued', [Number.isFinite(issued_ms) ? formatStamp(issued_ms) : toSafeText(bar.issued_at)]],
    ['cluster', [toSafeText(bar.cluster_id)]],
    ['revision', [bar.revision === 0 ? '0, the first report' : String(bar.revision)]],
  ]
  const beside = columns >= 120 ? 3 : 2
  const height = Math.ceil(facts.length / beside)
  const cells = Math.floor((columns - 2) / beside) - label_cells - 2
  return Array.from({ length: height }, (_, row) =>
    toLine(
      Array.from({ length: beside }, (_, column) => facts[column * height + row]).flatMap((fact): Piece[] =>
        fact
          ? [
              [`  ${fitLeft(fact[0], label_cells)} `, paint.dim],
              [fitLeft(fact[1][0], cells), fact[1][1]],
            ]
          : [],
      ),
      columns,
    ),
  )
}

function noteOf(issues: readonly BarIssue[], first: number, shown: number): string {
  const place = issues.length > shown ? `${first + 1}–${first + shown} of ${issues.length}` : ''
  return [place, issues.length > 0 ? 'enter goes to the agents' : ''].filter((part) => part !== '').join(', ')
}

function issueLine(issue: BarIssue, selected: boolean, columns: number, paint: Paint): string {
  const [sign, painter] = severitySign(issue.severity, paint)
  const severity = columns >= 80 ? ` ${issue.severity.padEnd(8)}` : ''
  return toLine(
    [
      selected ? [`${paint.glyphs.selected} `, paint.accent] : ['  '],
      [`${sign}${severity}`, painter],
      [`  ${fitLeft(toSafeText(issue.category), 13)}`, selected ? paint.bold : undefined],
      [`  ${fitRight(formatCount(issue.count), 7)}  `, paint.bold],
      [toSafeText(issue.message), selected ? paint.bold : undefined],
    ],
    columns,
  )
}

function agentLines(issue: BarIssue | undefined, columns: number, paint: Paint): string[] {
  if (!issue || issue.agents.length === 0) return []
  const head: Piece = ['    for example  ', paint.dim]
  const ids = issue.agents.map((id): Piece[] => [[`${toSafeText(id)}   `, paint.accent]])
  return ['', toLine([head, ...fitPieces(ids, columns - head[0].length)], columns)]
}

function padded(lines: string[], rows: number): string[] {
  const all = lines.slice(0, rows)
  while (all.length < rows) all.push('')
  return all
}
