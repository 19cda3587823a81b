// Charts: throughput, latency, and agents by health and status over time.

import { formatAge } from '../format.ts'
import { type Piece, toLine, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { Size, ViewSpec } from '../view-spec.ts'
import { addSeries } from './add-series.ts'
import { chartBox } from './chart-box.ts'
import { type ChartSpec, chartList } from './chart-list.ts'
import { type ChartsState, windows_s } from './charts-state.ts'

/** Below it a chart says nothing. */
const chart_rows_min = 6
const two_columns = 100

export const chartsView: ViewSpec<'charts'> = {
  name: 'charts',
  title: 'charts',
  help: 'throughput, latency and agents by status over time',
  keys: [
    { action: 'wider', keys: ['+', '='], label: '+', help: 'more time', footer: 'more time' },
    { action: 'narrower', keys: ['-'], label: '-', help: 'less time', footer: 'less time' },
    {
      action: 'zoom',
      keys: ['z', 'tab'],
      label: 'z',
      help: 'one chart after the other, large',
      footer: 'zoom',
    },
  ],
  query: () => ({ limit: 0, newest: 0, series: true }),
  note: (_model, { window_s }) => `last ${formatAge(window_s * 1_000)}`,
  lines(model, state, size, paint) {
    const lines = model.travel
      ? [toLine([[' The charts show the present: t comes back to it.', paint.dim]], size.columns)]
      : state.series === null
        ? [toLine([[' waiting for the first seconds', paint.dim]], size.columns)]
        : drawnOnce(state, state.series, size, paint)
    while (lines.length < size.rows) lines.push('')
    return lines.slice(0, size.rows)
  },
  update(_model, state, message) {
    if (message.type === 'frame' && message.frame.series !== null)
      return [{ ...state, series: addSeries(state.series, message.frame.series) }, []]
    if (message.type !== 'action') return [state, []]
    switch (message.action) {
      case 'wider':
        return [{ ...state, window_s: nextWindow(state.window_s, 1) }, []]
      case 'narrower':
        return [{ ...state, window_s: nextWindow(state.window_s, -1) }, []]
      case 'zoom':
        return [{ ...state, zoomed: nextZoomed(state.zoomed) }, []]
      default:
        return [state, []]
    }
  },
}

function nextWindow(window_s: number, step: 1 | -1): number {
  const at = windows_s.indexOf(window_s)
  return windows_s[at + step] ?? window_s
}

/** The first, then each other one, then all again. */
function nextZoomed(zoomed: string | null): string | null {
  const at = zoomed === null ? -1 : chartList.findIndex(({ name }) => name === zoomed)
  return chartList[at + 1]?.name ?? null
}

type Series = NonNullable<ChartsState['series']>

/** A second's charts are drawn once, not with each of its frames. */
const drawn = new WeakMap<Series, { key: string; lines: string[] }>()

function drawnOnce(state: ChartsState, series: Series, size: Size, paint: Paint): string[] {
  // What one sign looks like tells the themes apart.
  const key = JSON.stringify([state.window_s, state.zoomed, size, paint.bad(paint.glyphs.bars)])
  const before = drawn.get(series)
  if (before?.key === key) return [...before.lines]
  const lines = grid(state, series, size, paint)
  drawn.set(series, { key, lines })
  return [...lines]
}

function grid(state: ChartsState, series: Series, { columns, rows }: Size, paint: Paint): string[] {
  const draw = (spec: ChartSpec, width: number, height: number): Piece[][] =>
    chartBox(spec, series, state.window_s, { columns: width, rows: height }, paint)
  const zoomed = chartList.find(({ name }) => name === state.zoomed)
  if (zoomed) return draw(zoomed, columns, rows).map((pieces) => toLine(pieces, columns))
  if (columns < two_columns) {
    const count = Math.max(1, Math.min(chartList.length, Math.floor(rows / chart_rows_min)))
    const height = Math.floor(rows / count)
    return chartList
      .slice(0, count)
      .flatMap((spec) => draw(spec, columns, height).map((pieces) => toLine(pieces, columns)))
  }
  const pairs = rows < 2 * chart_rows_min ? 1 : 2
  const height = Math.floor(rows / pairs)
  const width = Math.floor(columns / 2)
  return Array.from({ length: pairs }, (_, pair) => {
    const [left, right] = [chartList[pair * 2], chartList[pair * 2 + 1]].map((spec) =>
      spec ? draw(spec, width, height) : [],
    )
    return (left ?? []).map((pieces, row) => beside(pieces, right?.[row] ?? [], width, columns))
  }).flat()
}

function beside(left: Piece[], right: Piece[], width: number, columns: number): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(left)))
  return `${toLine(left, width)}${gap}${toLine(right, columns - width)}`
}
