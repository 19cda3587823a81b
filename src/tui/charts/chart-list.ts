// The charts there are: what each shows of the series, and how its numbers read.

import { healths } from '../../core/health.ts'
import type { Series } from '../../core/view.ts'
import { formatCount } from '../format.ts'
import { toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

export type ChartLine = { label: string; values: readonly number[]; paint: Paint['bold'] }

export type ChartSpec = {
  name: string
  title: string
  /** The scale never ends below it. */
  max_least: number
  lines(series: Series, paint: Paint): ChartLine[]
  format(value: number): string
}

const statuses_max = 5

export const chartList: readonly ChartSpec[] = [
  {
    name: 'throughput',
    title: 'events/s',
    max_least: 10,
    lines: (series, paint) => [
      { label: 'events', values: series.events, paint: paint.accent },
      { label: 'errors', values: series.errors, paint: paint.bad },
    ],
    format: formatCount,
  },
  {
    name: 'latency',
    title: 'received to shown',
    max_least: 10,
    lines: (series, paint) => [{ label: 'age', values: series.lag_ms, paint: paint.warn }],
    format: (value) => `${formatCount(value)} ms`,
  },
  {
    name: 'health',
    title: 'agents not well',
    max_least: 5,
    lines: (series, paint) =>
      healths.slice(1).map((label, i) => ({
        label,
        values: series.by_health[i + 1] ?? [],
        paint: [paint.accent, paint.warn, paint.bad, paint.bold][i] ?? paint.bold,
      })),
    format: formatCount,
  },
  {
    name: 'status',
    title: 'agents by status',
    max_least: 5,
    lines: (series, paint) =>
      series.by_status
        .toSorted((a, b) => peakOf(b.agents) - peakOf(a.agents) || (a.status < b.status ? -1 : 1))
        .slice(0, statuses_max)
        .map(({ status, agents }, i) => ({
          label: toSafeText(status),
          values: agents,
          paint: [paint.accent, paint.good, paint.warn, paint.bad, paint.bold][i] ?? paint.bold,
        })),
    format: formatCount,
  },
]

export const peakOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)
