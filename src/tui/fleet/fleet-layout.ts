// Who gets which rows of the fleet view: legend and heatmap above, a heading and the table below.

import type { FleetFrame } from '../../core/view.ts'
import type { Size } from '../view-spec.ts'
import type { FleetState, HeatSize } from './fleet-state.ts'

export type FleetLayout = {
  /** Cells in a row of the heatmap, and the rows that it has; 0 rows: there is none. */
  heat: { width: number; rows: number }
  /** The line of the table's heading; those of the heatmap are 1 and following. */
  heading: number
  /** Lines below the heading. */
  table_rows: number
}

/** Below so many rows the table needs them all. */
const rows_min = 14
const shares: Record<HeatSize, number> = { off: 0, normal: 0.3, large: 0.6 }
const side = 1

export function fleetLayout({ heat }: FleetState, frame: FleetFrame | undefined, size: Size): FleetLayout {
  const width = Math.max(1, size.columns - 2 * side)
  const cells = cellsFor(frame?.matched ?? 0, heatCells(heat.size, size))
  const rows = Math.ceil(cells / width)
  const heading = rows === 0 ? 0 : rows + 1
  return { heat: { width, rows }, heading, table_rows: Math.max(1, size.rows - heading - 1) }
}

/** As many cells as there is room for; 0: no heatmap. */
export function heatCells(heat: HeatSize, { columns, rows }: Size): number {
  return rows < rows_min ? 0 : Math.max(1, columns - 2 * side) * Math.floor(rows * shares[heat])
}

/** As the aggregator does it (core/heatmap.ts): equal cells, so that the last rows may stay empty. */
function cellsFor(agents: number, room: number): number {
  if (agents === 0 || room === 0) return 0
  return Math.ceil(agents / Math.max(1, Math.ceil(agents / room)))
}
