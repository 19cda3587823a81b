// The heatmap as lines: a sign and a colour per cell, equal neighbours painted as one piece.

import { healths } from '../../core/health.ts'
import type { Heatmap } from '../../core/view.ts'
import type { Painter } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { FleetLayout } from './fleet-layout.ts'

export type CellLook = { sign: string; paint: Painter }

/** One line per row. `cursor` is the cell that is looked at, or null. */
export function heatmapLines(
  heatmap: Heatmap | null,
  { width, rows }: FleetLayout['heat'],
  cursor: number | null,
  paint: Paint,
): string[] {
  if (!heatmap) return Array<string>(rows).fill('')
  const looks = cellLooks(heatmap.by, paint)
  return Array.from({ length: rows }, (_, row) => {
    const cells = heatmap.cells.slice(row * width, (row + 1) * width)
    const here = cursor !== null && Math.floor(cursor / width) === row ? cursor % width : null
    return heatLine(cells, looks, here, paint)
  })
}

function heatLine(cells: string, looks: CellLook[], cursor: number | null, paint: Paint): string {
  let line = ' '
  let run = ''
  let painter: Painter | null = null
  for (let at = 0; at < cells.length; at++) {
    const look = looks[cells.charCodeAt(at) - zero] ?? (looks[0] as CellLook)
    const shown = at === cursor ? { sign: paint.glyphs.cursor, paint: paint.inverse } : look
    if (shown.paint !== painter) {
      if (painter) line += painter(run)
      run = ''
      painter = shown.paint
    }
    run += shown.sign
  }
  return painter ? line + painter(run) : ''
}

const zero = '0'.charCodeAt(0)

/** How each character of the wire is drawn. */
export function cellLooks(by: Heatmap['by'], paint: Paint): CellLook[] {
  const { cells, bars } = paint.glyphs
  if (by === 'health') {
    const painters = [paint.good, paint.warn, paint.warn, paint.bad, paint.dim]
    return healths.map((health, i) => ({ sign: cells[health], paint: painters[i] as Painter }))
  }
  // Heat is what one looks for: the busy and the failing, but with `seen` the silent.
  return [...bars].map((bar, level) => ({
    sign: level === 0 ? cells.stopped : bar,
    paint: paint.heat(by === 'seen' ? 8 - level : level),
  }))
}
