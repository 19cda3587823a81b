// The rows of a frame that a table shows: what is in the frame is right for the frame, even when the table already wants others.

import { type FleetFrame, toAgentRow } from '../../core/view.ts'
import type { TableRow } from './agent-column.ts'
import type { TableState } from './table-state.ts'

/** The part of the whole order that a table is about. */
export type Scope = {
  from: number
  /** Behind the last row. */
  to: number
  accepts?(row: TableRow): boolean
}

export type PlacedRow = { row: TableRow; position: number }

export const scopeOfAll = (frame: FleetFrame): Scope => ({ from: 0, to: frame.matched })

/** All rows of the frame that are within the scope, with their places in the whole order. */
export const placedRows = (
  { rows, columns, offset }: FleetFrame,
  { from, to, accepts }: Scope,
): PlacedRow[] =>
  rows
    .map((cells, i): PlacedRow => ({ row: toAgentRow(columns, cells) as TableRow, position: offset + i }))
    .filter(({ row, position }) => position >= from && position < to && (accepts?.(row) ?? true))

export type TableWindow = {
  rows: PlacedRow[]
  /** The selected agent, when it is not among the rows. */
  pinned: TableRow | null
}

/** What `height` lines show. */
export function windowOf(state: TableState, frame: FleetFrame, scope: Scope, height: number): TableWindow {
  const all = placedRows(frame, scope)
  const first = all.findIndex(({ position }) => position >= state.offset)
  const start = Math.max(0, Math.min(first < 0 ? all.length : first, all.length - height))
  const rows = all.slice(start, start + height)
  const pinned = pinnedRow(state, frame)
  if (!pinned || rows.some(({ row }) => row.agent === pinned.agent)) return { rows, pinned: null }
  return { rows: rows.slice(0, Math.max(0, height - 1)), pinned }
}

/** The frame may hold the one that was selected before. */
function pinnedRow({ selected, goal }: TableState, { pinned, columns }: FleetFrame): TableRow | null {
  if (selected === null || goal !== null || !pinned) return null
  const row = toAgentRow(columns, pinned) as TableRow
  return row.agent === selected ? row : null
}

/** Enter opens the selected agent, and where none is the first one shown. */
export function toOpen(state: TableState, frame: FleetFrame, scope: Scope, height: number): string | null {
  return state.selected ?? windowOf(state, frame, scope, height).rows[0]?.row.agent ?? null
}
