// The attention view as lines: the kinds of trouble with their counts, the agents, and the selected one in full.

import { displayWidth } from '../../core/display-width.ts'
import type { FleetFrame } from '../../core/view.ts'
import { formatAge, formatCount } from '../format.ts'
import { type Piece, toLine, toRule } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { TableRow } from '../table/agent-column.ts'
import { cellText } from '../table/cell-text.ts'
import { needPainter } from '../table/verdict-paint.ts'
import { sinceOf, wordsOf } from './attention-columns.ts'
import { troubleCounts } from './attention-counts.ts'
import { troubleKeys } from './attention-keys.ts'
import { detail_rows } from './attention-layout.ts'
import { type AttentionState, type Trouble, troubles } from './attention-state.ts'

/** A kind of trouble in the line of kinds, or all of them, and the cells that it takes: for clicks. */
export type KindCell = { kind: Trouble | null; pieces: Piece[]; from: number; to: number }

export function kindCells(
  { kind }: AttentionState,
  frame: FleetFrame,
  columns: number,
  paint: Paint,
): KindCell[] {
  const counts = troubleCounts(frame)
  const all = troubles.reduce((sum, trouble) => sum + counts[trouble], 0)
  let from = 0
  return [null, ...troubles].map((each): KindCell => {
    const count = each === null ? all : counts[each]
    const chosen = each === kind
    const word = columns >= 100 || chosen ? ` ${each ?? 'all'}` : each === null ? ' all' : ''
    const sign = each === null ? '' : `${paint.glyphs.needs[each]} `
    const look = chosen
      ? paint.inverse
      : count === 0
        ? paint.dim
        : each === null
          ? undefined
          : needPainter(each, paint)
    const key = ` ${each === null ? 'a' : troubleKeys[each]} `
    const text = `${sign}${formatCount(count)}${word}`
    const pieces: Piece[] = [[key, paint.dim], [text, look], [' ']]
    const cell = { kind: each, pieces, from, to: from + key.length + displayWidth(text) + 1 }
    from = cell.to
    return cell
  })
}

export const kindsLine = (cells: KindCell[], columns: number): string =>
  toLine(
    cells.flatMap(({ pieces }) => pieces),
    columns,
  )

/** A rule with who it is, and what was said in as many words as two lines hold. */
export function detailLines(row: TableRow | null, now_ms: number, columns: number, paint: Paint): string[] {
  if (!row) return Array<string>(detail_rows).fill('')
  const age = row.needs === 'gaps' ? '' : ` for ${formatAge(now_ms - sinceOf(row))}`
  const why = row.needs === 'none' ? 'settled' : row.needs + age
  const rule = toRule(cellText(row.agent), why, columns, paint.dim, paint.bold)
  const lines = wrapped(cellText(wordsOf(row)), columns - 4).slice(0, detail_rows - 1)
  const said = lines.map((line) => toLine([[`  ${line}`]], columns))
  while (said.length < detail_rows - 1) said.push('')
  return [rule, ...said]
}

/** At spaces, where a word is not longer than a line. */
function wrapped(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > cells) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
