// What a gateway counts: Prometheus metrics for /metrics, and a flat snapshot for the supervisor each second.

import { build } from 'hdr-histogram-js'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ServiceStats } from '../service.ts'
import type { Tally } from './admission.ts'

export type GatewayCounts = {
  registry: Registry
  requestStarted(): void
  requestEnded(status: number, took_ms: number): void
  onTally(tally: Tally): void
  /** What came through BEACON_IN. */
  onInlet(accepted: number, quarantined: number): void
  /** Rates and percentiles cover the time since the last call. */
  snapshot(): ServiceStats
}

const requestOutcomes = ['accepted', 'rejected', 'refused', 'failed'] as const
const eventOutcomes = ['accepted', 'rejected', 'refused', 'quarantined'] as const

export function makeGatewayCounts(
  depth: () => { events: number; bytes: number },
  now_ms: () => number = () => performance.now(),
): GatewayCounts {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'beacon_gateway_ingest_requests_total',
    help: 'Ingest requests answered, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'beacon_gateway_ingest_duration_seconds',
    help: 'From a request to its answer.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const events = new Counter({
    name: 'beacon_gateway_events_total',
    help: 'Events by outcome: accepted is stored, rejected is invalid, refused has no promise, quarantined came invalid through BEACON_IN.',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'beacon_gateway_queue_events',
    help: 'Events admitted that wait for the broker.',
    registers,
    collect() {
      this.set(depth().events)
    },
  })
  // From 0 on, so that a rate is right from the first event.
  for (const outcome of requestOutcomes) requests.inc({ outcome }, 0)
  for (const outcome of eventOutcomes) events.inc({ outcome }, 0)
  const totals = { accepted: 0, rejected: 0, refused: 0, quarantined: 0, requests: 0 }
  const ack = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 2 })
  let inFlight = 0
  let last = { at: now_ms(), accepted: 0 }

  return {
    registry,
    requestStarted() {
      inFlight++
      totals.requests++
    },
    requestEnded(status, took_ms) {
      inFlight--
      requests.inc({ outcome: toOutcome(status) })
      durations.observe(took_ms / 1000)
      if (status === 202) ack.recordValue(Math.max(1, Math.round(took_ms * 1000)))
    },
    onTally({ accepted, rejected, not_stored_count }) {
      totals.accepted += accepted
      totals.rejected += rejected
      totals.refused += not_stored_count
      if (accepted > 0) events.inc({ outcome: 'accepted' }, accepted)
      if (rejected > 0) events.inc({ outcome: 'rejected' }, rejected)
      if (not_stored_count > 0) events.inc({ outcome: 'refused' }, not_stored_count)
    },
    onInlet(accepted, quarantined) {
      totals.accepted += accepted
      totals.quarantined += quarantined
      if (accepted > 0) events.inc({ outcome: 'accepted' }, accepted)
      if (quarantined > 0) events.inc({ outcome: 'quarantined' }, quarantined)
    },
    snapshot() {
      const at = now_ms()
      const seconds = Math.max(0.001, (at - last.at) / 1000)
      const rate = Math.round((totals.accepted - last.accepted) / seconds)
      last = { at, accepted: totals.accepted }
      const { events: queue_events, bytes: queue_bytes } = depth()
      const stats = {
        accepted_total: totals.accepted,
        rejected_total: totals.rejected,
        refused_total: totals.refused,
        quarantined_total: totals.quarantined,
        requests_total: totals.requests,
        in_flight: inFlight,
        queue_events,
        queue_bytes,
        rate_per_s: rate,
        ack_p50_ms: ack.getValueAtPercentile(50) / 1000,
        ack_p99_ms: ack.getValueAtPercentile(99) / 1000,
      }
      ack.reset()
      return stats
    },
  }
}

function toOutcome(status: number): (typeof requestOutcomes)[number] {
  if (status === 202) return 'accepted'
  if (status === 503) return 'refused'
  return status < 500 ? 'rejected' : 'failed'
}
