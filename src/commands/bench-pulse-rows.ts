// What `beacon bench pulse` measured, against its budgets.

import type { PulseBench } from './bench-pulse.ts'
import { type BenchRow, toFigure, toLimit } from './bench-row.ts'

const bench = 'pulse'
const count = (n: number): string => Math.round(n).toLocaleString('en')

/** Milliseconds, at 95 of 100 beats; the objectives of SEEDS.md 4 are wider. */
const jitterMax_ms = 5
const deliveryMax_ms = 100
const reportMax_ms = 100
const driftMax_percent = 1
const hour_ms = 3_600_000

export function toPulseRows({ idle, loaded, reports, drift, subscriptions }: PulseBench): BenchRow[] {
  const { simulated, real } = drift
  const load = `at ${count(loaded.rate_achieved)} of ${count(loaded.rate_wanted)} events/s`
  const percent = (drift_ms: number, of_ms: number): number => (Math.abs(drift_ms) / of_ms) * 100
  return [
    ...[
      { when: 'idle', ...idle },
      { when: load, ...loaded },
    ].flatMap(({ when, jitter_ms, delivery_ms }) => [
      toLimit(bench, `jitter p95, ${when}`, jitter_ms.p95, jitterMax_ms, 'ms'),
      toFigure(bench, `jitter p99, ${when}`, jitter_ms.p99, 'ms'),
      toLimit(
        bench,
        `delivery p95 to ${count(subscriptions)} subscribers, ${when}`,
        delivery_ms.p95,
        deliveryMax_ms,
        'ms',
      ),
      toFigure(bench, `delivery p99, ${when}`, delivery_ms.p99, 'ms'),
    ]),
    toLimit(
      bench,
      `downbeat → BarReport, ${count(reports.agents)} agents, ${reports.bars} bars`,
      reports.bars > 0 ? reports.latency_ms.max : Number.POSITIVE_INFINITY,
      reportMax_ms,
      'ms',
    ),
    toFigure(bench, 'agents in the least of those reports', reports.agents_reporting_least, ''),
    toLimit(
      bench,
      'drift over a simulated hour',
      percent(simulated.drift_ms, hour_ms),
      driftMax_percent,
      '%',
    ),
    toLimit(
      bench,
      `drift over ${real.seconds} s of real time`,
      percent(real.drift_ms, real.seconds * 1_000),
      driftMax_percent,
      '%',
    ),
  ]
}
