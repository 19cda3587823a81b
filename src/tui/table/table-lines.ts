// The table of agents as lines: a heading, one line per agent, the selected one pinned when it is out of sight.

import type { FleetFrame } from '../../core/view.ts'
import { formatCount } from '../format.ts'
import { fitLeft, fitRight, type Painter, type Piece, toLine } from '../line.ts'
import type { Paint } from '../paint.ts'
import { type FittedColumn, gutter, type TableRow } from './agent-column.ts'
import { type Scope, windowOf } from './table-rows.ts'
import { headingSort, isRising, type TableState } from './table-state.ts'

export type TableLook = {
  fitted: readonly FittedColumn[]
  /** Of the screen. */
  columns: number
  /** Lines below the heading. */
  height: number
  now_ms: number
  marks: ReadonlySet<string>
  paint: Paint
}

/** Exactly `height` lines. */
export function tableLines(state: TableState, frame: FleetFrame, scope: Scope, whole: TableLook): string[] {
  const look = { ...whole, fitted: whole.fitted.map((each) => blankUnlessKnown(each, frame)) }
  const { rows, pinned } = windowOf(state, frame, scope, look.height)
  const lines = rows.map(({ row }, i) => painted(agentPieces(row, rows[i - 1]?.row, state, look)))
  while (lines.length < look.height) lines.push('')
  if (pinned) lines[look.height - 1] = pinnedLine(pinned, state, look)
  return lines
}

/** A frame from before the columns changed does not know what the new ones show. */
const blankUnlessKnown = (fitted: FittedColumn, { columns }: FleetFrame): FittedColumn =>
  fitted.column.reads.every((each) => columns.includes(each))
    ? fitted
    : { ...fitted, column: { ...fitted.column, text: () => '' } }

/** `1–20 of 50,000` */
export function tableNote(state: TableState, frame: FleetFrame, scope: Scope, height: number): string {
  const { rows } = windowOf(state, frame, scope, height)
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return ''
  const place = (position: number): string => formatCount(position - scope.from + 1)
  return `${place(first.position)}–${place(last.position)} of ${formatCount(scope.to - scope.from)}`
}

export function headingLine(state: TableState, { fitted, columns, paint }: Omit<TableLook, 'marks'>): string {
  const pieces: Piece[] = []
  let at = 0
  for (const { column, cells, from } of fitted) {
    const sorted = column.sort !== undefined && column.sort === headingSort(state.sort)
    const sign = isRising(state) ? paint.glyphs.rising : paint.glyphs.falling
    const title = sorted ? `${column.title}${sign}` : column.title
    pieces.push([' '.repeat(from - at)], [align(column.right, title, cells), sorted ? paint.bold : paint.dim])
    at = from + cells
  }
  return toLine(pieces, columns)
}

function agentPieces(
  row: TableRow,
  above: TableRow | undefined,
  state: TableState,
  { fitted, now_ms, marks, paint }: TableLook,
): Piece[] {
  const selected = state.goal === null && row.agent === state.selected
  const { glyphs } = paint
  const pieces: Piece[] = [
    [selected ? glyphs.selected : ' ', paint.accent],
    [marks.has(row.agent) ? glyphs.marked : ' ', paint.accent],
  ]
  let at = gutter
  for (const { column, cells, from } of fitted) {
    const text = align(column.right, column.text(row, now_ms, paint, above), cells)
    const own = column.paint?.(row, paint)
    pieces.push([' '.repeat(from - at) + text, selected ? standOut(own, paint) : own])
    at = from + cells
  }
  return pieces
}

/** What is dim is not, in the row that is looked at. */
const standOut = (own: Painter | undefined, paint: Paint): Painter =>
  own === undefined || own === paint.dim ? paint.bold : own

/** At the right it says what it is, in place of what stood there. */
function pinnedLine(row: TableRow, state: TableState, look: TableLook): string {
  const { columns, paint } = look
  const words = `  out of sight ${paint.glyphs.selected}`
  const end = columns - words.length
  const fitted = look.fitted
    .map((each) => ({ ...each, cells: Math.min(each.cells, end - each.from) }))
    .filter(({ cells }) => cells > 0)
  const last = fitted.at(-1)
  const used = last ? last.from + last.cells : gutter
  const pieces = agentPieces(row, undefined, state, { ...look, fitted })
  return painted([...pieces, [' '.repeat(end - used) + words, paint.accent]])
}

/** The cells have their widths. Those of one paint become one piece: fewer escape sequences, fewer bytes. */
function painted(pieces: readonly Piece[]): string {
  let line = ''
  let [text, paint]: Piece = ['', undefined]
  for (const [more, own] of pieces) {
    // Space looks the same in every paint.
    if (own === paint || more.trim() === '') text += more
    else {
      line += paint && text !== '' ? paint(text) : text
      ;[text, paint] = [more, own]
    }
  }
  const end = text.trimEnd()
  return line + (paint && end !== '' ? paint(end) : end)
}

const align = (right: true | undefined, text: string, cells: number): string =>
  right ? fitRight(text, cells) : fitLeft(text, cells)
