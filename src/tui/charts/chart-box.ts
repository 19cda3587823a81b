// One chart with its title and legend, as lines: dots where colours tell the lines apart, else a sparkline for each.

import type { Series } from '../../core/view.ts'
import { sparkline } from '../format.ts'
import { fitLeft, fitRight, type Piece } from '../line.ts'
import type { Paint } from '../paint.ts'
import { type ChartLine, type ChartSpec, peakOf } from './chart-list.ts'
import { drawLineChart, niceMax, valueAt } from './line-chart.ts'

export type Box = { columns: number; rows: number }

/** Exactly `rows` lines of pieces. The time runs to the right; its end is the last complete second. */
export function chartBox(
  spec: ChartSpec,
  series: Series,
  window_s: number,
  box: Box,
  paint: Paint,
): Piece[][] {
  const labels = Array.from({ length: window_s }, (_, i) => agoLabel(window_s - i))
  const lines = linesOf(spec, series, window_s)
  return lineBox({ ...spec, lines, labels, label_step: window_s / 5 }, box, paint)
}

/** Lines of values, each of as many as there are labels. */
export type LineChart = Pick<ChartSpec, 'title' | 'max_least' | 'format'> & {
  lines: readonly ChartLine[]
  labels: readonly string[]
  label_step: number
}

/** Exactly `rows` lines of pieces: title and legend, and the chart. */
export function lineBox(chart: LineChart, box: Box, paint: Paint): Piece[][] {
  const body =
    isColoured(chart.lines, paint) && paint.glyphs.bars.includes('█')
      ? dots(chart, { ...box, rows: box.rows - 1 }, paint)
      : sparklines(chart, box, paint)
  const all = [titleOf(chart, paint), ...body].slice(0, box.rows)
  while (all.length < box.rows) all.push([])
  return all
}

/** Seconds before the series' end at which that column of the chart's box stands; undefined beside the time axis. */
export function agoAt(
  spec: ChartSpec,
  series: Series,
  window_s: number,
  columns: number,
  column: number,
): number | undefined {
  const max = maxOf(spec, linesOf(spec, series, window_s))
  const at = valueAt({ columns, values: window_s, max }, column)
  return at === undefined ? undefined : window_s - at
}

const maxOf = ({ max_least }: Pick<ChartSpec, 'max_least'>, lines: readonly ChartLine[]): number =>
  niceMax(peakOf(lines.map(({ values }) => peakOf(values))), max_least)

const linesOf = (spec: ChartSpec, series: Series, window_s: number): ChartLine[] =>
  spec.lines(series).map((line) => ({ ...line, values: lastOf(line.values, window_s) }))

/** A window that has not been lived through yet begins with nothing. */
function lastOf(values: readonly number[], window_s: number): number[] {
  const shown = values.slice(-window_s)
  return [...Array<number>(window_s - shown.length).fill(0), ...shown]
}

function titleOf({ title, lines, format }: LineChart, paint: Paint): Piece[] {
  const pieces: Piece[] = [[` ${title}`, paint.bold]]
  for (const { label, values, looks } of lines)
    pieces.push([`   ${label} ${format(values.at(-1) ?? 0)}`, paint[looks]])
  const peak = peakOf(lines.map(({ values }) => peakOf(values)))
  pieces.push([`   peak ${format(peak)}`, paint.dim])
  return pieces
}

/** Each line looks different, and the first has a colour: bold and dim alone do not tell dots apart. */
const isColoured = (lines: readonly ChartLine[], paint: Paint): boolean =>
  new Set(lines.map(({ looks }) => paint[looks]('x'))).size === lines.length && colour.test(paint.accent('x'))

// biome-ignore lint/suspicious/noControlCharactersInRegex: a painter's escape sequence is looked for
const colour = /\u001b\[(3[0-8]|9[0-7])[;m]/

function dots(chart: LineChart, box: Box, paint: Paint): Piece[][] {
  const { lines, labels, label_step } = chart
  const values = lines.map((line) => line.values)
  const painters = lines.map(({ looks }) => paint[looks])
  return drawLineChart(
    { ...box, labels, label_step, lines: values, max: maxOf(chart, lines) },
    painters,
    paint,
  )
}

const agoLabel = (ago_s: number): string => (ago_s % 60 === 0 ? `-${ago_s / 60}m` : `-${ago_s}s`)

const label_cells = 12
const value_cells = 10

function sparklines({ lines, format }: LineChart, { columns }: Box, paint: Paint): Piece[][] {
  const cells = Math.max(1, columns - label_cells - value_cells - 4)
  return lines.map(({ label, values, looks }) => [
    [` ${fitLeft(label, label_cells)} `],
    [sparkline(toPeaks(values, cells), cells, paint.glyphs.bars), paint[looks]],
    [` ${fitRight(format(values.at(-1) ?? 0), value_cells)}`],
  ])
}

/** The highest value of each share of the time, so that no spike is lost. */
function toPeaks(values: readonly number[], cells: number): number[] {
  if (values.length <= cells) return [...values]
  return Array.from({ length: cells }, (_, i) =>
    peakOf(
      values.slice(Math.floor((i * values.length) / cells), Math.floor(((i + 1) * values.length) / cells)),
    ),
  )
}
