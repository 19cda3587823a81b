// The line above the heatmap: what it is coloured by, what the signs mean and how many there are of each, and what a cell is.

import { healths } from '../../core/health.ts'
import { heatmapSteps } from '../../core/heatmap.ts'
import type { FleetFrame, HeatmapKind } from '../../core/view.ts'
import { formatAge, formatCount } from '../format.ts'
import { type Piece, toLine, toSpread, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { HeatState } from './fleet-state.ts'
import { cellLooks } from './heatmap-lines.ts'

export const kindTitles: Record<HeatmapKind, string> = {
  health: 'health',
  rate: 'rate',
  seen: 'last seen',
  errors: 'errors',
}

/** Who of a cell's agents is shown. */
const winners: Record<HeatmapKind, string> = {
  health: 'worst wins',
  rate: 'busiest wins',
  seen: 'longest silent wins',
  errors: 'most errors win',
}

/** The part of the line that is clicked for the next kind. */
export const label_cells = 16

/** `counts` are agents of each health; null when they are not known. */
export function heatmapLegend(
  heat: HeatState,
  frame: FleetFrame,
  counts: readonly number[] | null,
  columns: number,
  paint: Paint,
): string {
  const { heatmap } = frame
  const label: Piece[] = [
    [' by ', paint.dim],
    [kindTitles[heat.by], heat.focused ? paint.accent : paint.bold],
    [`${' '.repeat(label_cells - 4 - kindTitles[heat.by].length)}`],
  ]
  const right: Piece[] = heatmap
    ? [[heat.focused ? `${cellPlace(heat, heatmap)} ` : `${cellSize(heatmap)} `, paint.dim]]
    : []
  const room = columns - widthOf(label) - widthOf(right) - 1
  const signsOf = (words: boolean): Piece[][] =>
    heat.by === 'health' ? healthSigns(counts, words, paint) : levelSigns(heat.by, paint)
  const worded = signsOf(true)
  const shown = wholeSigns(widthOf(worded.flat()) <= room ? worded : signsOf(false), room)
  return room > 0 ? toSpread([...label, ...shown], right, columns) : toLine(label, columns)
}

const cellSize = ({ agents_per_cell: agents, by }: NonNullable<FleetFrame['heatmap']>): string =>
  agents === 1 ? 'cell = 1 agent' : `cell = ${formatCount(agents)} agents, ${winners[by]}`

const cellPlace = ({ cursor }: HeatState, heatmap: NonNullable<FleetFrame['heatmap']>): string =>
  `cell ${formatCount(cursor + 1)} of ${formatCount(heatmap.cells.length)}, ${cellSize(heatmap).slice('cell = '.length)}`

/** Worst first, as one looks; nobody is dim. */
function healthSigns(counts: readonly number[] | null, words: boolean, paint: Paint): Piece[][] {
  const looks = cellLooks('health', paint)
  return [3, 2, 1, 0, 4].map((i): Piece[] => {
    const look = looks[i]
    const count = counts?.[i]
    const text = [...(count === undefined ? [] : [formatCount(count)]), ...(words ? [healths[i]] : [])].join(
      ' ',
    )
    return [
      [`${look?.sign} `, look?.paint],
      [`${text}  `, count === 0 || i === 0 || i === 4 ? paint.dim : undefined],
    ]
  })
}

function levelSigns(by: Exclude<HeatmapKind, 'health'>, paint: Paint): Piece[][] {
  const looks = cellLooks(by, paint)
  const steps = heatmapSteps[by]
  return looks.map(({ sign, paint: painter }, level): Piece[] => [
    [sign, painter],
    [` ${levelText(by, level, steps)}  `, paint.dim],
  ])
}

function levelText(by: HeatmapKind, level: number, steps: readonly number[]): string {
  if (by === 'seen') {
    const step = steps[steps.length - 1 - level]
    return step === undefined ? 'now' : formatAge(step * 1_000)
  }
  const step = steps[level - 1]
  if (step === undefined) return '0'
  const text = step < 1 ? String(step) : formatCount(step)
  return by === 'rate' && level === steps.length ? `${text}/s` : text
}

/** Whole signs only. */
function wholeSigns(signs: Piece[][], cells: number): Piece[] {
  const shown: Piece[] = []
  let left = cells
  for (const sign of signs) {
    left -= widthOf(sign)
    if (left < 0) break
    shown.push(...sign)
  }
  return shown
}
