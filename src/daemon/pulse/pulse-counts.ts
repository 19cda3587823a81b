// What a pulse counts: Prometheus metrics for /metrics, and the lateness of its last frames for people.

import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type PulseCounts = {
  registry: Registry
  /** A frame was sent so long after its beat's scheduled start. */
  onFrame(late_ms: number): void
  /** This one began to lead. */
  onTakeover(): void
  set(leader: boolean, tempo_bpm: number): void
  beats(): number
  takeovers(): number
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
  let total = 0
  let takeovers = 0
  return {
    registry,
    onFrame(late_ms) {
      total++
      beats.inc()
      jitter.observe(late_ms / 1_000)
    },
    onTakeover() {
      takeovers++
    },
    set(leader, tempo_bpm) {
      leading.set(leader ? 1 : 0)
      tempo.set(tempo_bpm)
    },
    beats: () => total,
    takeovers: () => takeovers,
  }
}
