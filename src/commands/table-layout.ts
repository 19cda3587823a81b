// Lays rows out as an aligned table that fits the terminal; whatever the data holds, it cannot steer the terminal.

import { cutToWidth, displayWidth } from '../core/display-width.ts'
import { escapeControl } from '../core/escape.ts'
import type { Column } from './output.ts'

const gap = '  '
/** No column is cut below this many cells. */
const cells_min = 8

/** `above`: it stands there already, and these rows go on under it. */
export type Heading = boolean | 'above'

export function formatTable<Row>(
  columns: Column<Row>[],
  rows: Row[],
  cells_max: number,
  { heading = true }: { heading?: Heading } = {},
): string {
  const texts = rows.map((row) => columns.map((column) => toText(column, row)))
  if (heading)
    texts.unshift(columns.map((column) => column.heading ?? column.name.toUpperCase().replaceAll('_', ' ')))
  const right = columns.map((column) => rows.some((row) => typeof column.value(row) === 'number'))
  const widths = columns.map((_, i) => Math.max(0, ...texts.map((line) => displayWidth(line[i] ?? ''))))
  shrink(widths, columns, cells_max)
  return texts
    .slice(heading === 'above' ? 1 : 0)
    .map((line) => line.map((text, i) => pad(text, widths[i] ?? 0, right[i] ?? false)).join(gap))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function toText<Row>(column: Column<Row>, row: Row): string {
  const value = column.text ? column.text(row) : column.value(row)
  return value === null || value === undefined || value === '' ? '-' : escapeControl(String(value))
}

/** Takes cells from the widest of the columns that may shrink, until the line fits. */
function shrink<Row>(widths: number[], columns: Column<Row>[], cells_max: number): void {
  const gaps = gap.length * (columns.length - 1)
  let over = widths.reduce((sum, width) => sum + width, gaps) - cells_max
  while (over > 0) {
    let widest = -1
    for (const [i, column] of columns.entries()) {
      if (!column.shrinks || (widths[i] ?? 0) <= cells_min) continue
      if (widest < 0 || (widths[i] ?? 0) > (widths[widest] ?? 0)) widest = i
    }
    if (widest < 0) return
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
}

function pad(text: string, cells: number, right: boolean): string {
  const cut = cutToWidth(text, cells)
  const blank = ' '.repeat(Math.max(0, cells - displayWidth(cut)))
  return right ? blank + cut : cut + blank
}
