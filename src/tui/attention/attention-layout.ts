// Who gets which rows of the attention view: kinds and heading above, the selected agent in full below.

import type { Size } from '../view-spec.ts'

export const head_rows = 2
export const detail_rows = 3
/** Below so many rows the table needs them all. */
const rows_min = 12

export const hasDetail = ({ rows }: Size): boolean => rows >= rows_min

export const tableRows = (size: Size): number =>
  Math.max(1, size.rows - head_rows - (hasDetail(size) ? detail_rows : 0))
