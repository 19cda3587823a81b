// What `beacon bench ingest` measured, against its budgets.

import type { IngestBench } from './bench-ingest.ts'
import { type BenchRow, toFigure, toLimit } from './bench-row.ts'

/** Events per second, from HTTP to the live picture. */
const rate_min = { durable: 50_000, fast: 80_000 } as const

export function toIngestRows(result: IngestBench): BenchRow[] {
  const bench = `ingest ${result.durability}`
  const wanted = rate_min[result.durability]
  return [
    toFigure(bench, 'fsync p50', result.fsync_p50_ms, 'ms'),
    toFigure(bench, 'bare broker', result.bare_broker_events_per_s, 'events/s'),
    {
      ...toFigure(bench, 'HTTP → durable → archived → live', result.events_per_s, 'events/s'),
      budget: `≥ ${wanted.toLocaleString('en')}/s`,
      met: result.events_per_s >= wanted,
    },
    toFigure(bench, 'ratio to the bare broker', result.ratio, ''),
    toLimit(bench, 'acknowledgement p99, singles at 5,000/s', result.single_ack_p99_ms, 20, 'ms'),
    toFigure(bench, 'acknowledgement p50, singles at 5,000/s', result.single_ack_p50_ms, 'ms'),
    toLimit(bench, 'archive', result.archive_bytes_per_event, 40, 'B/event'),
    toLimit(bench, 'daemon start → ready', result.start_ms, 2_000, 'ms'),
    toLimit(bench, 'beacon emit', result.one_shot_ms, 200, 'ms'),
    ...Object.entries(result.rss_max_mib).map(([name, mib]) => {
      const what = `memory of ${name}, ${result.cpu_mean_percent[name] ?? 0} % CPU`
      return toLimit(bench, what, mib * 1.048576, name === 'nats-server' ? 500 : 300, 'MB')
    }),
  ]
}
