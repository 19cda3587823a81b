// The past bars as charts: agents that reported and that were on time, and the drift.

import { barNumber } from '../bar-words.ts'
import { type LineChart, lineBox } from '../charts/chart-box.ts'
import { formatCount } from '../format.ts'
import { type Piece, toLine, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { Size } from '../view-spec.ts'
import type { BarList } from './bar-list.ts'

const bars_shown = 60
const columns_for_two = 80

type Bars = BarList['bars']

/** A chart is drawn anew when a report comes, not with each beat. */
const drawn = new WeakMap<Bars, { key: string; lines: string[] }>()

/** Exactly `rows` lines, up to the newest bar. */
export function barCharts(bars: Bars, size: Size, paint: Paint): string[] {
  // What one sign looks like tells the themes apart.
  const key = JSON.stringify([size, paint.bad(paint.glyphs.bars)])
  const before = drawn.get(bars)
  if (before?.key === key) return before.lines
  const lines = drawCharts(bars.slice(-bars_shown), size, paint)
  drawn.set(bars, { key, lines })
  return lines
}

function drawCharts(bars: Bars, { columns, rows }: Size, paint: Paint): string[] {
  const labels = bars.map((bar) => String(barNumber(bar)))
  const shared = { labels, label_step: Math.max(1, Math.ceil(bars.length / 5)) }
  const agents: LineChart = {
    ...shared,
    title: 'agents',
    max_least: 5,
    format: formatCount,
    lines: [
      { label: 'reporting', values: bars.map((bar) => bar.agents_reporting), looks: 'accent' },
      { label: 'on time', values: bars.map((bar) => bar.on_time_reviews), looks: 'good' },
    ],
  }
  const drift: LineChart = {
    ...shared,
    title: 'drift',
    max_least: 1,
    format: (value) => `${value.toFixed(2)} ms`,
    lines: [{ label: 'last bar', values: bars.map((bar) => Math.abs(bar.tempo_drift_ms)), looks: 'warn' }],
  }
  if (columns < columns_for_two)
    return lineBox(agents, { columns, rows }, paint).map((pieces) => toLine(pieces, columns))
  const half = Math.floor(columns / 2)
  const right = lineBox(drift, { columns: columns - half, rows }, paint)
  return lineBox(agents, { columns: half - 1, rows }, paint).map((pieces, row) =>
    toLine([...fitted(pieces, half), ...(right[row] ?? [])], columns),
  )
}

const fitted = (pieces: Piece[], cells: number): Piece[] => [
  ...pieces,
  [' '.repeat(Math.max(0, cells - widthOf(pieces)))],
]
