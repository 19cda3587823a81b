// A row of named columns; those of less weight go where the screen is narrow.

import { fitLeft, fitRight, type Painter, type Piece, toLine, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

export type Column<Row> = {
  title: string
  cells: number
  left?: true
  /** Shown from this width of the screen on. */
  from?: number
  /** Not escaped. */
  text(row: Row, now_ms: number): string
  paint?(row: Row, paint: Paint): Painter | undefined
}

export type RowLook = { columns: number; now_ms: number; selected: boolean; paint: Paint }

const gap = '  '

/** The last column, named by `rest`, has all the room that is left. */
export function headingOf<Row>(all: readonly Column<Row>[], rest: string, columns: number, paint: Paint) {
  const titles = shownAt(all, columns).map((column) => gap + align(column, column.title))
  return toLine([[`${titles.join('')}${gap}${rest}`, paint.dim]], columns)
}

export function rowOf<Row>(
  all: readonly Column<Row>[],
  row: Row,
  rest: readonly Piece[],
  { columns, now_ms, selected, paint }: RowLook,
): string {
  const cells = shownAt(all, columns).flatMap((column, i): Piece[] => [
    i === 0 && selected ? [`${paint.glyphs.selected} `, paint.accent] : [gap],
    [
      align(column, toSafeText(column.text(row, now_ms))),
      column.paint?.(row, paint) ?? (selected ? paint.bold : undefined),
    ],
  ])
  return toLine([...cells, [gap], ...rest], columns)
}

const shownAt = <Row>(all: readonly Column<Row>[], columns: number): Column<Row>[] =>
  all.filter(({ from = 0 }) => columns >= from)

const align = ({ left, cells }: Pick<Column<never>, 'left' | 'cells'>, text: string): string =>
  (left ? fitLeft : fitRight)(text, cells)
