// The mouse in a table: a click selects, a second one opens, a click on a heading sorts, the wheel moves the window.

import type { FleetFrame } from '../../core/view.ts'
import type { Mouse } from '../model.ts'
import { type FittedColumn, gutter } from './agent-column.ts'
import { scroll } from './table-move.ts'
import { type Scope, windowOf } from './table-rows.ts'
import { headingSort, sortBy, type TableState } from './table-state.ts'

const wheel_rows = 3
const double_ms = 500

/** The click before: two on one agent within half a second open it. */
export type Clicked = { agent: string; at_ms: number } | null

export type TableMouse = { table: TableState; clicked: Clicked; opens: string | null }

/** `mouse.row` counts from the heading, which is -1. */
export function mouseInTable(
  before: { table: TableState; clicked: Clicked },
  mouse: Mouse,
  frame: FleetFrame,
  { scope, height, now_ms }: { scope: Scope; height: number; now_ms: number },
): TableMouse {
  const { table, clicked } = before
  if (mouse.kind !== 'click') {
    const rows = mouse.kind === 'up' ? -wheel_rows : wheel_rows
    return { table: scroll(table, rows, scope, height), clicked, opens: null }
  }
  const { rows, pinned } = windowOf(table, frame, scope, height)
  const row = rows[mouse.row]?.row ?? (mouse.row === height - 1 ? pinned : null)
  if (!row) return { table, clicked: null, opens: null }
  const { agent } = row
  const again = clicked?.agent === agent && now_ms - clicked.at_ms <= double_ms
  return {
    table: { ...table, selected: agent, goal: null },
    clicked: again ? null : { agent, at_ms: now_ms },
    opens: again ? agent : null,
  }
}

/** A click on a heading: by that column, or the other way round when it already is. */
export function clickHeading(table: TableState, column: number, fitted: readonly FittedColumn[]): TableState {
  const clicked = fitted.find(({ from, cells }) => column >= from - gutter && column < from + cells)
  const sort = clicked?.column.sort
  if (sort === undefined) return table
  return sort === headingSort(table.sort) ? sortBy(table, table.sort) : sortBy(table, sort)
}
