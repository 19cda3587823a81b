// The table of agents as lines: its columns by the width of the screen, one line per agent.

import { type AgentRow, type FleetSort, toAgentRow } from '../../core/view.ts'
import { formatAge, formatCount, formatRate } from '../format.ts'
import { fitLeft, fitRight, type Piece, toLine, toSafeText } from '../line.ts'
import { type Model, type Picture, pictureOf, remoteNow } from '../model.ts'
import { makePaint, type Paint, statusSign } from '../paint.ts'
import type { TableState } from './table-state.ts'

type Column = {
  title: string
  /** The order that this column shows. */
  sorts: FleetSort[]
  /** Cells at this width of the screen, of which so many are left; 0 leaves the column out. */
  cells(columns: number, left: number): number
  right?: true
  text(row: AgentRow, now_ms: number): string
}

const gap = '  '

const table: Column[] = [
  {
    title: 'AGENT',
    sorts: ['agent'],
    cells: (w) => (w >= 140 ? 30 : w >= 100 ? 22 : 16),
    text: (row) => toSafeText(row.agent),
  },
  {
    title: 'STATUS',
    sorts: [],
    cells: (w) => (w >= 100 ? 13 : 11),
    text: (row) => `${statusSign(row.status, plain).sign} ${toSafeText(row.status)}`,
  },
  {
    title: 'TASK',
    sorts: [],
    cells: (w) => (w >= 140 ? 18 : w >= 80 ? 13 : 0),
    text: (row) => toSafeText(row.task),
  },
  { title: 'EV/S', sorts: ['rate'], cells: () => 5, right: true, text: (row) => formatRate(row.rate) },
  {
    title: 'ERR',
    sorts: ['errors'],
    cells: (w) => (w >= 100 ? 6 : 4),
    right: true,
    text: (row) => (row.errors === 0 ? '·' : formatCount(row.errors)),
  },
  {
    title: 'EVENTS',
    sorts: ['events'],
    cells: (w) => (w >= 120 ? 10 : 0),
    right: true,
    text: (row) => formatCount(row.events),
  },
  {
    title: 'IDLE',
    sorts: ['seen', 'idle'],
    cells: () => 5,
    right: true,
    text: (row, now) => formatAge(now - row.last_seen_ms),
  },
  {
    title: 'LAST EVENT',
    sorts: [],
    cells: (_, left) => Math.max(0, left),
    text: (row) => toSafeText(row.text),
  },
]

const plain = makePaint({ color: false, theme: 'mono', ascii: false })

const sortTitles: Record<FleetSort, string> = {
  seen: 'last seen',
  idle: 'longest idle',
  rate: 'rate',
  errors: 'errors',
  events: 'events',
  agent: 'name',
  health: 'health',
  needs: 'need',
  status: 'status',
  task: 'task',
  since: 'longest in its status',
  gaps: 'gaps',
  seq: 'sequence',
}

/** The heading and exactly `height` lines. */
export function tableLines(model: Model, state: TableState, height: number, paint: Paint): string[] {
  const picture = pictureOf(model)
  const columns = fitted(model.columns)
  const { rows } = visibleRows(state, picture, height)
  const now_ms = picture ? remoteNow(model, picture) : 0
  const lines = [heading(state, model.columns, columns, paint)]
  for (const row of rows) lines.push(agentLine(row, model, state, columns, now_ms, paint))
  while (lines.length < height + 1) lines.push('')
  return lines
}

/** `by last seen  1–20 of 50,000` */
export const tableNote = (model: Model, state: TableState, height: number): string =>
  `by ${sortTitles[state.sort]}  ${visibleRows(state, pictureOf(model), height).note}`

function visibleRows(
  state: TableState,
  picture: Picture | null,
  height: number,
): { rows: AgentRow[]; note: string } {
  if (!picture) return { rows: [], note: '' }
  const { frame } = picture
  // The frame may still be that of the window before the last key.
  const from = Math.max(0, Math.min(state.offset - frame.offset, frame.rows.length - height))
  const rows = frame.rows.slice(from, from + height).map((cells) => toAgentRow(frame.columns, cells))
  const first = frame.offset + from
  const note =
    rows.length === 0
      ? ''
      : `${formatCount(first + 1)}–${formatCount(first + rows.length)} of ${formatCount(frame.matched)}`
  // The selected agent stays in sight when the order carries it away.
  if (state.selected !== null && frame.pinned && !rows.some((row) => row.agent === state.selected)) {
    const pinned = toAgentRow(frame.columns, frame.pinned)
    if (pinned.agent === state.selected) rows.splice(Math.min(rows.length, height - 1), 1, pinned)
  }
  return { rows, note }
}

function heading(state: TableState, width: number, columns: FittedColumn[], paint: Paint): string {
  const pieces: Piece[] = []
  for (const { column, cells } of columns) {
    const sorted = column.sorts.includes(state.sort)
    const title = sorted ? `${column.title}${rising.includes(state.sort) ? '↑' : '↓'}` : column.title
    pieces.push([gap], [align(column, title, cells), sorted ? paint.bold : paint.dim])
  }
  return toLine(pieces, width)
}

/** The orders in which small values come first. */
const rising: FleetSort[] = ['idle', 'agent']

function agentLine(
  row: AgentRow,
  model: Model,
  state: TableState,
  columns: FittedColumn[],
  now_ms: number,
  paint: Paint,
): string {
  const selected = row.agent === state.selected
  const statusPaint = selected ? undefined : statusSign(row.status, paint).paint
  const rest = selected ? paint.bold : undefined
  const pieces: Piece[] = []
  let text = ''
  for (const [i, { column, cells }] of columns.entries()) {
    if (i > 0) text += gap
    const cell = align(column, column.text(row, now_ms), cells)
    // Only the status is painted, and what is around it joined: fewer escape sequences, fewer bytes.
    if (column.title === 'STATUS' && statusPaint !== undefined) {
      pieces.push([text, rest], [cell, statusPaint])
      text = ''
    } else text += cell
  }
  pieces.push([text.trimEnd(), rest])
  return toLine([[selected ? '▌ ' : gap, paint.accent], ...pieces], model.columns)
}

const align = (column: Column, text: string, cells: number): string =>
  column.right ? fitRight(text, cells) : fitLeft(text, cells)

type FittedColumn = { column: Column; cells: number }

function fitted(width: number): FittedColumn[] {
  const columns: FittedColumn[] = []
  let left = width - gap.length
  for (const column of table) {
    const cells = column.cells(width, left)
    if (cells === 0) continue
    columns.push({ column, cells })
    left -= cells + gap.length
  }
  return columns
}
