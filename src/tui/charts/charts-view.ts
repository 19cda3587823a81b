// Charts: throughput, latency, and agents by health and status over time.

import { formatAge } from '../format.ts'
import { type Piece, toLine, widthOf } from '../line.ts'
import type { Mouse } from '../model.ts'
import type { Paint } from '../paint.ts'
import type { Size, ViewSpec } from '../view-spec.ts'
import { addSeries } from './add-series.ts'
import { agoAt, chartBox } from './chart-box.ts'
import { chartGrid } from './chart-grid.ts'
import { chartList } from './chart-list.ts'
import { type ChartsState, windows_s } from './charts-state.ts'

export const chartsView: ViewSpec<'charts'> = {
  name: 'charts',
  title: 'charts',
  help: 'throughput, latency and agents by status over time',
  filters: false,
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
  update(model, state, message, size) {
    if (message.type === 'frame' && message.frame.series !== null)
      return [{ ...state, series: addSeries(state.series, message.frame.series) }, []]
    if (message.type === 'mouse' && message.mouse.kind === 'click' && !model.travel) {
      const moment = momentAt(state, message.mouse, size)
      if (moment)
        return [
          state,
          [
            { type: 'open', place: { view: 'fleet' } },
            { type: 'travel', moment },
          ],
        ]
    }
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

function grid(state: ChartsState, series: Series, size: Size, paint: Paint): string[] {
  const boxes = chartGrid(state.zoomed, size).map((place) => ({
    ...place,
    pieces: chartBox(place.spec, series, state.window_s, place, paint),
  }))
  return Array.from({ length: size.rows }, (_, row) => {
    const [left, right] = boxes
      .filter(({ top, rows }) => row >= top && row < top + rows)
      .map(({ top, pieces }) => pieces[row - top] ?? [])
    if (!right) return toLine(left ?? [], size.columns)
    return beside(left ?? [], right, Math.floor(size.columns / 2), size.columns)
  })
}

/** The moment that a click on a chart means. */
function momentAt(state: ChartsState, { row, column }: Mouse, size: Size): { at_ms: number } | undefined {
  const { series, window_s } = state
  const place = chartGrid(state.zoomed, size).find(
    ({ top, left, rows, columns }) =>
      row >= top && row < top + rows && column >= left && column < left + columns,
  )
  if (!series || !place) return undefined
  const ago_s = agoAt(place.spec, series, window_s, place.columns, column - place.left)
  return ago_s === undefined
    ? undefined
    : { at_ms: (series.from_s + series.events.length - ago_s + 1) * 1_000 }
}

function beside(left: Piece[], right: Piece[], width: number, columns: number): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(left)))
  return `${toLine(left, width)}${gap}${toLine(right, columns - width)}`
}
