// The charts there are: what each shows of the series, and how its numbers read.

import { healths } from '../../core/health.ts'
import type { Series } from '../../core/view.ts'
import { formatCount } from '../format.ts'
import { toSafeText } from '../line.ts'
import type { Meaning } from '../themes.ts'

export type ChartLine = { label: string; values: readonly number[]; looks: Meaning }

export type ChartSpec = {
  name: string
  title: string
  /** The scale never ends below it. */
  max_least: number
  lines(series: Series): ChartLine[]
  format(value: number): string
}

const statuses_max = 5

export const chartList: readonly ChartSpec[] = [
  {
    name: 'throughput',
    title: 'events/s',
    max_least: 10,
    lines: (series) => [
      { label: 'events', values: series.events, looks: 'accent' },
      { label: 'errors', values: series.errors, looks: 'bad' },
    ],
    format: formatCount,
  },
  {
    name: 'latency',
    title: 'received to shown',
    max_least: 10,
    lines: (series) => [{ label: 'age', values: series.lag_ms, looks: 'warn' }],
    format: (value) => `${formatCount(value)} ms`,
  },
  {
    name: 'health',
    title: 'agents not well',
    max_least: 5,
    lines: (series) =>
      healths.slice(1).map((label, i) => ({
        label,
        values: series.by_health[i + 1] ?? [],
        looks: (['accent', 'warn', 'bad', 'bold'] as const)[i] ?? 'bold',
      })),
    format: formatCount,
  },
  {
    name: 'status',
    title: 'agents by status',
    max_least: 5,
    lines: (series) =>
      looksOf(
        series.by_status
          .toSorted((a, b) => peakOf(b.agents) - peakOf(a.agents) || (a.status < b.status ? -1 : 1))
          .slice(0, statuses_max),
      ),
    format: formatCount,
  },
]

export const peakOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)

const usual: { [status: string]: Meaning } = {
  running: 'accent',
  completed: 'good',
  waiting: 'warn',
  error: 'bad',
  idle: 'bold',
}
const free: readonly Meaning[] = ['accent', 'good', 'warn', 'bold', 'bad']

/** Each line looks different; a known status as one expects it, the others as what is left. */
function looksOf(lines: { status: string; agents: number[] }[]): ChartLine[] {
  const taken = new Set(lines.map(({ status }) => usual[status]))
  const left = free.filter((look) => !taken.has(look))
  return lines.map(({ status, agents }) => ({
    label: toSafeText(status),
    values: agents,
    looks: usual[status] ?? left.shift() ?? 'bold',
  }))
}
