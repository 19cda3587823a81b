// What Reverb counts: Prometheus metrics for /metrics, under the names of SEEDS.md, and a flat snapshot for the supervisor.

import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { Bar } from '../../core/bars.ts'
import type { Outgoing } from '../../core/reverb.ts'
import type { ServiceStats } from '../service.ts'
import type { LivePicture } from './live-picture.ts'

export type ReverbCounts = {
  metrics(): Promise<MetricObjectWithValues<MetricValue<string>>[]>
  /** This aggregator stored it; `now_ms` by the wall clock. */
  onStored(outgoing: Outgoing, now_ms: number): void
  snapshot(): ServiceStats
}

export function makeReverbCounts(live: LivePicture): ReverbCounts {
  /** Of the newest bar that is reported, whoever issued it. */
  const newest = (): Bar | undefined => live.fleet.bars.open.findLast(({ revision }) => revision >= 0)
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'backbeat_reverb_agents_reporting',
    help: 'Agents that reported in the bar reported last.',
    registers,
    collect() {
      this.set(newest()?.agents_reporting ?? 0)
    },
  })
  new Gauge({
    name: 'backbeat_reverb_on_time_reviews',
    help: 'Agents that finished a review in time, in the bar reported last.',
    registers,
    collect() {
      this.set(newest()?.on_time_reviews ?? 0)
    },
  })
  const windows = new Counter({
    name: 'backbeat_reverb_windows_completed_total',
    help: 'Bars whose first report this aggregator stored.',
    registers,
  })
  const processing = new Histogram({
    name: 'backbeat_reverb_window_processing_seconds',
    help: "From a bar's end until its first report is stored.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  let counted = 0
  new Counter({
    name: 'backbeat_reverb_claims_processed_total',
    help: 'Claims folded into bars.',
    registers,
    collect() {
      this.inc(live.claims - counted)
      counted = live.claims
    },
  })
  const totals = { reports: 0, revisions: 0, latency_ms: null as number | null }

  return {
    metrics: async () => (await registry.getMetricsAsJSON()) as MetricObjectWithValues<MetricValue<string>>[],
    onStored({ report, downbeat_ms }, now_ms) {
      if (report.revision > 0) {
        totals.revisions++
        return
      }
      totals.reports++
      windows.inc()
      if (downbeat_ms === null) return
      totals.latency_ms = Math.max(0, Math.round((now_ms - downbeat_ms) * 10) / 10)
      processing.observe(totals.latency_ms / 1_000)
    },
    snapshot: () => ({
      reports_total: totals.reports,
      revisions_total: totals.revisions,
      last_report_latency_ms: totals.latency_ms,
      reports_waiting: live.reverb.outbox.length,
      open_windows: live.fleet.bars.open.length,
      claims_total: live.claims,
    }),
  }
}
