// Who gets which rows of the screen.

import type { Model } from './model.ts'
import type { Size } from './view-spec.ts'

export const size_min = { columns: 60, rows: 15 }

/** Header and tabs above the view. */
export const head_rows = 2
/** A rule, the pulse, the books, and the keys (or the line being typed). */
const foot_rows = 4
/** The scrubber of time travel, above the foot. */
export const scrubber_rows = 3

/** The part of the screen that belongs to the view. */
export const viewSize = ({ columns, rows, travel }: Pick<Model, 'columns' | 'rows' | 'travel'>): Size => ({
  columns,
  rows: Math.max(1, rows - head_rows - foot_rows - (travel ? scrubber_rows : 0)),
})

export const isTooSmall = ({ columns, rows }: { columns: number; rows: number }): boolean =>
  columns < size_min.columns || rows < size_min.rows
