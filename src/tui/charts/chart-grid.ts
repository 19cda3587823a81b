// Where each chart stands in the view.

import type { Size } from '../view-spec.ts'
import { type ChartSpec, chartList } from './chart-list.ts'

export type ChartPlace = Size & { spec: ChartSpec; top: number; left: number }

/** Below it a chart says nothing. */
const rows_min = 6
const columns_for_two = 100

/** One large, or two beside each other, or one below the other; those that do not fit are left out. */
export function chartGrid(zoomed: string | null, { columns, rows }: Size): ChartPlace[] {
  const large = chartList.find(({ name }) => name === zoomed)
  if (large) return [{ spec: large, top: 0, left: 0, columns, rows }]
  const beside = columns < columns_for_two ? 1 : 2
  const below = Math.max(1, Math.min(chartList.length / beside, Math.floor(rows / rows_min)))
  const size = { columns: Math.floor(columns / beside), rows: Math.floor(rows / below) }
  return chartList.slice(0, beside * below).map((spec, i) => ({
    ...size,
    spec,
    top: Math.floor(i / beside) * size.rows,
    left: (i % beside) * size.columns,
  }))
}
