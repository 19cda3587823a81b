// Who gets which rows of the screen.

import type { Model } from './model.ts'
import type { Size } from './view-spec.ts'

export const size_min = { columns: 60, rows: 15 }

/** Header and tabs above the view. */
export const head_rows = 2
/** A rule, the pulse, the books, and the keys (or the line being typed). */
export const foot_rows = 4
/** The scrubber of time travel, above the foot. */
export const scrubber_rows = 3

/** The part of the screen that belongs to the view. */
export const viewSize = ({ columns, rows, travel }: Pick<Model, 'columns' | 'rows' | 'travel'>): Size => ({
  columns,
  rows: Math.max(1, rows - head_rows - foot_rows - (travel ? scrubber_rows : 0)),
})

export const isTooSmall = ({ columns, rows }: { columns: number; rows: number }): boolean =>
  columns < size_min.columns || rows < size_min.rows

/** Cells of the scrubber's histogram. */
export const scrubberCells = ({ columns }: Pick<Model, 'columns'>): number => Math.max(1, columns - 2)

/** Row of the histogram within the scrubber; what is below it belongs to it too. */
export const scrubberRow = 1

export type Area = { name: 'header' | 'tabs' | 'view' | 'scrubber' | 'foot'; row: number }

/** Whose row of the screen it is, and which of its own. */
export function toArea(model: Pick<Model, 'columns' | 'rows' | 'travel'>, row: number): Area {
  const view = viewSize(model).rows
  const scrubber = model.travel ? scrubber_rows : 0
  if (row < 1) return { name: 'header', row }
  if (row < head_rows) return { name: 'tabs', row: row - 1 }
  if (row < head_rows + view) return { name: 'view', row: row - head_rows }
  if (row < head_rows + view + scrubber) return { name: 'scrubber', row: row - head_rows - view }
  return { name: 'foot', row: row - head_rows - view - scrubber }
}
