// What a pulse counts: Prometheus metrics for /metrics, and a flat snapshot for the supervisor each second.

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PulseDocument } from '../../core/pulse-document.ts'
import type { MetricsJson } from '../gateway/fleet-metrics.ts'
import type { ServiceStats } from '../service.ts'

export type PulseCounts = {
  /** A frame was sent so long after its beat's scheduled start. */
  onFrame(late_ms: number): void
  /** This pulse began to lead. */
  onTakeover(): void
  metrics(document: PulseDocument | undefined, leader: boolean): Promise<MetricsJson>
  snapshot(document: PulseDocument | undefined, leader: boolean): ServiceStats
}

export function makePulseCounts(): PulseCounts {
  const registry = new Registry()
  const registers = [registry]
  const beats = new Counter({
    name: 'backbeat_beats_total',
    help: 'BeatFrames sent by this pulse.',
    registers,
  })
  const jitter = new Histogram({
    name: 'backbeat_pulse_jitter_seconds',
    help: 'Sent − scheduled start, of the frames that this pulse sent.',
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers,
  })
  const leading = new Gauge({ name: 'backbeat_is_leader', help: '1 while this pulse leads.', registers })
  const tempo = new Gauge({
    name: 'backbeat_current_tempo_bpm',
    help: 'Beats per minute; 0 as long as no beat is known.',
    registers,
  })
  let sent = 0
  let takeovers = 0
  return {
    onFrame(late_ms) {
      sent++
      beats.inc()
      jitter.observe(late_ms / 1_000)
    },
    onTakeover() {
      takeovers++
    },
    async metrics(document, leader) {
      leading.set(leader ? 1 : 0)
      tempo.set(document?.tempo_bpm ?? 0)
      return (await registry.getMetricsAsJSON()) as MetricsJson
    },
    snapshot: (document, leader) => ({
      leader,
      epoch: document?.epoch ?? 0,
      beat_index: document?.beat_index ?? null,
      tempo_bpm: document?.tempo_bpm ?? null,
      beats_per_bar: document?.beats_per_bar ?? null,
      jitter_p95_ms: document?.jitter_ms?.p95 ?? null,
      beats_total: sent,
      degraded: document?.degraded ?? true,
      drift_ms: document?.drift_ms ?? 0,
      takeovers,
    }),
  }
}
