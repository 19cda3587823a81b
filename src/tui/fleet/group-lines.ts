// A roll-up as lines: a group per line, with how its agents are as a bar.

import { healths, needs } from '../../core/health.ts'
import type { FleetFrame, Group } from '../../core/view.ts'
import { formatCount, formatRate } from '../format.ts'
import { fitLeft, fitRight, type Painter, type Piece, toLine } from '../line.ts'
import { type Paint, statusSign } from '../paint.ts'
import { cellText } from '../table/cell-text.ts'
import { healthPainter, needPainter } from '../table/verdict-paint.ts'
import type { Rollup } from './fleet-state.ts'
import { type GroupColumn, groupColumns } from './group-columns.ts'
import { firstShown, groupsInOrder } from './group-rows.ts'
import { cellLooks } from './heatmap-lines.ts'

export function groupHeading(rollup: Rollup, width: number, paint: Paint): string {
  const rising = (rollup.sort === 'key') !== rollup.reverse
  const sign = rising ? paint.glyphs.rising : paint.glyphs.falling
  const pieces = groupColumns(rollup, width).flatMap(({ name, title, cells, right }): Piece[] => {
    const sorted = name === rollup.sort
    const text = cellText(title) + (sorted ? sign : '')
    return [['  '], [right ? fitRight(text, cells) : fitLeft(text, cells), sorted ? paint.bold : paint.dim]]
  })
  return toLine(pieces, width)
}

/** Exactly `height` lines. */
export function groupLines(
  frame: FleetFrame,
  rollup: Rollup,
  { width, height }: { width: number; height: number },
  paint: Paint,
): string[] {
  const groups = groupsInOrder(frame, rollup)
  const first = firstShown(groups, rollup, height)
  const columns = groupColumns(rollup, width)
  const lines = groups.slice(first, first + height).map((group) => {
    const selected = group.key === rollup.selected
    const cells = columns.flatMap((column): Piece[] => [
      ['  '],
      ...cellOf(group, rollup.field, column, selected, paint),
    ])
    const sign: Piece[] = [[selected ? paint.glyphs.selected : ' ', paint.accent], [' ']]
    return toLine([...sign, ...cells.slice(1)], width)
  })
  while (lines.length < height) lines.push('')
  return lines
}

function cellOf(
  group: Group,
  field: string,
  { name, cells }: GroupColumn,
  selected: boolean,
  paint: Paint,
): Piece[] {
  const strong = selected ? paint.bold : undefined
  switch (name) {
    case 'key':
      return [keyPiece(group.key, field, cells, strong, paint)]
    case 'health':
      return healthBar(group, cells, paint)
    case 'agents':
      return [[fitRight(formatCount(group.agents), cells), strong]]
    case 'rate':
      return [[fitRight(formatRate(group.rate), cells), strong]]
    case 'needs':
    case 'errors': {
      const count = group[name]
      const look = count === 0 ? paint.dim : name === 'needs' ? paint.warn : strong
      return [[fitRight(count === 0 ? '·' : formatCount(count), cells), look]]
    }
  }
}

/** As the table shows the value. */
function keyPiece(
  key: string,
  field: string,
  cells: number,
  strong: Painter | undefined,
  paint: Paint,
): Piece {
  if (key === '') return [fitLeft('(none)', cells), strong ?? paint.dim]
  const { sign = '', paint: own } = keySign(key, field, paint)
  return [fitLeft(`${sign}${sign === '' ? '' : ' '}${cellText(key)}`, cells), own ?? strong]
}

function keySign(key: string, field: string, paint: Paint): { sign?: string; paint?: Painter | undefined } {
  if (field === 'status') return statusSign(key, paint)
  const health = healths.find((each) => field === 'health' && each === key)
  if (health) return { sign: paint.glyphs.health[health], paint: healthPainter(health, paint) }
  const need = needs.find((each) => field === 'needs' && each === key)
  return need ? { sign: paint.glyphs.needs[need], paint: needPainter(need, paint) } : {}
}

/** Shares of the healths, the worst first; whoever is there at all gets a cell. */
function healthBar({ agents, by_health }: Group, cells: number, paint: Paint): Piece[] {
  const looks = cellLooks('health', paint)
  let left = cells
  const pieces = healthsWorstFirst.map((health): Piece => {
    const count = by_health[health] ?? 0
    const share = Math.round((count / Math.max(1, agents)) * cells)
    const width = Math.min(left, count === 0 ? 0 : health === 0 ? left : Math.max(1, share))
    left -= width
    const look = looks[health]
    return [(look?.sign ?? ' ').repeat(width), look?.paint]
  })
  return [...pieces, [' '.repeat(left)]]
}

/** Ordinals of `healths`. */
export const healthsWorstFirst = [3, 2, 1, 4, 0]
