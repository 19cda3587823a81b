// A column of a table of agents: what it shows, in which order it sorts, and how wide it is.

import type { AgentRow, FleetColumn, FleetSort } from '../../core/view.ts'
import type { Painter } from '../line.ts'
import type { Paint } from '../paint.ts'

/** A row with the fields of metadata that were asked for. */
export type TableRow = AgentRow & { [key: `meta.${string}`]: string | number | undefined }

export type AgentColumn = {
  title: string
  /** What it reads, beside the agent's id. */
  reads: readonly FleetColumn[]
  /** The order that its heading stands for. */
  sort?: FleetSort
  /** Cells at each of `breakpoints`; 0 leaves it out, `rest` takes what is left if that is so much. */
  cells: readonly [number, number, number, number, number] | { rest: number }
  right?: true
  /** Already safe to print. `above` is the row before it on the screen. */
  text(row: TableRow, now_ms: number, paint: Paint, above: TableRow | undefined): string
  /** Undefined is the terminal's own colour. */
  paint?(row: TableRow, paint: Paint): Painter | undefined
}

/** A column on a screen of some width. */
export type FittedColumn = { column: AgentColumn; cells: number /** Where it begins. */; from: number }

/** Widths of the screen from which the cells of a column count, the first that fits. */
const breakpoints = [180, 140, 100, 80, 0] as const
/** Before the first column: the sign of the selected row and of a marked one. */
export const gutter = 2
const gap = 2

export function fitColumns(table: readonly AgentColumn[], width: number): FittedColumn[] {
  const at = breakpoints.findIndex((columns) => width >= columns)
  const fitted: FittedColumn[] = []
  let from = gutter
  for (const column of table) {
    const cells = 'rest' in column.cells ? width - from : (column.cells[at] ?? 0)
    if (cells < ('rest' in column.cells ? column.cells.rest : 1)) continue
    fitted.push({ column, cells, from })
    from += cells + gap
  }
  return fitted
}

/** What must be asked for so that these columns can be drawn. */
export const columnsRead = (fitted: readonly FittedColumn[]): FleetColumn[] => [
  ...new Set<FleetColumn>(['agent', ...fitted.flatMap(({ column }) => column.reads)]),
]
