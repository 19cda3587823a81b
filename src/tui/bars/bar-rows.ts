// A past bar as a row: its columns, by priority on narrow screens, and what of it needs the eye.

import type { StoredBar } from '../../core/bar-report.ts'
import { barNumber, formatDrift } from '../bar-words.ts'
import { formatClock, formatCount } from '../format.ts'
import { fitLeft, fitRight, type Painter, type Piece, toLine } from '../line.ts'
import type { Paint } from '../paint.ts'
import { countsOf, severitySign } from './report-issues.ts'

type Column = {
  title: string
  cells: number
  left?: true
  /** Shown from this width of the screen on. */
  from?: number
  text(bar: StoredBar): string
  paint?(bar: StoredBar, paint: Paint): Painter | undefined
}

const columns: Column[] = [
  { title: 'WHEN', cells: 8, left: true, text: ({ issued_at }) => clockOf(issued_at) },
  { title: 'BAR', cells: 6, text: (bar) => formatCount(barNumber(bar)) },
  {
    title: 'BEATS',
    cells: 17,
    from: 110,
    text: ({ from_beat, to_beat }) => `${formatCount(from_beat)}–${formatCount(to_beat)}`,
    paint: (_bar, paint) => paint.dim,
  },
  { title: 'AGENTS', cells: 7, text: ({ agents_reporting }) => formatCount(agents_reporting) },
  { title: 'ON TIME', cells: 7, text: ({ on_time_reviews }) => formatCount(on_time_reviews) },
  {
    title: 'HELP',
    cells: 6,
    from: 70,
    text: (bar) => formatCount(bar.help_promises_fulfilled),
    paint: dimZero((bar) => bar.help_promises_fulfilled),
  },
  { title: 'CLAIMS', cells: 9, from: 120, text: ({ claims }) => formatCount(claims) },
  {
    title: 'LATE',
    cells: 6,
    from: 90,
    text: ({ late_claims }) => formatCount(late_claims),
    paint: dimZero((bar) => bar.late_claims),
  },
  { title: 'TEMPO', cells: 6, from: 140, text: ({ tempo_bpm }) => String(tempo_bpm) },
  { title: 'DRIFT', cells: 9, from: 80, text: ({ tempo_drift_ms }) => formatDrift(tempo_drift_ms) },
  {
    title: 'REV',
    cells: 4,
    left: true,
    text: ({ revision }) => (revision === 0 ? '·' : `r${revision}`),
    paint: dimZero((bar) => bar.revision),
  },
]

function dimZero(value: (bar: StoredBar) => number): NonNullable<Column['paint']> {
  return (bar, paint) => (value(bar) === 0 ? paint.dim : undefined)
}

const gap = '  '

export const barsHeading = (width: number, paint: Paint): string =>
  toLine(
    [
      ...shownAt(width).map((column): Piece => [gap + align(column, column.title), paint.dim]),
      [`${gap}ISSUES`, paint.dim],
    ],
    width,
  )

export type RowLook = { width: number; selected: boolean; revised: boolean; paint: Paint }

export function barRow(bar: StoredBar, { width, selected, revised, paint }: RowLook): string {
  const plain = revised ? paint.accent : selected ? paint.bold : undefined
  const cells = shownAt(width).flatMap((column, i): Piece[] => [
    i === 0 && selected ? [`${paint.glyphs.selected} `, paint.accent] : [gap],
    [align(column, column.text(bar)), plain ?? column.paint?.(bar, paint)],
  ])
  return toLine(
    [...cells, [gap], ...issuePieces(bar, paint), ...(revised ? [['  revised', paint.accent] as Piece] : [])],
    width,
  )
}

/** `✗ 2  ! 31  i 1` */
function issuePieces(bar: Pick<StoredBar, 'issues'>, paint: Paint): Piece[] {
  const counts = countsOf(bar)
  if (counts.length === 0) return [['none', paint.dim]]
  return counts.flatMap(([severity, count]): Piece[] => {
    const [sign, painter] = severitySign(severity, paint)
    return [[`${sign} ${formatCount(count)}  `, painter]]
  })
}

const shownAt = (width: number): Column[] => columns.filter(({ from = 0 }) => width >= from)

const align = ({ left, cells }: Column, text: string): string => (left ? fitLeft : fitRight)(text, cells)

/** `12:41:03`; a time that is none is not shown as one. */
const clockOf = (issued_at: string): string => {
  const at_ms = Date.parse(issued_at)
  return Number.isFinite(at_ms) ? formatClock(at_ms).slice(0, 8) : '—'
}
