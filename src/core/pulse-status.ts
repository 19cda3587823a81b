// What a node of the pulse says about itself.

import { roundToMicros, toToldTiming } from './bar-timing.ts'
import { type Beat, beatNow, type Clock, toBeat } from './beat-tracker.ts'
import { toCountedDocument } from './counted-document.ts'
import type { PulseDocument, TempoDocument } from './pulse-document.ts'
import { isLeading, type PulseNode, type Term } from './pulse-node.ts'
import { presentBeat } from './pulse-resume.ts'
import { scheduleAt } from './pulse-state.ts'
import { tempoRange } from './tempo.ts'

/** Undefined as long as the node knows of no beat. */
export function toPulseDocument(node: PulseNode, clock: Clock): PulseDocument | undefined {
  const { tracker, term, options } = node
  const leading = isLeading(node) ? term : null
  const beat = leading ? ownBeat(node, leading, clock) : beatNow(tracker, clock)
  if (!beat) return undefined
  const { last_bar } = leading?.timings ?? node.timings
  return {
    ...toCountedDocument(options.cluster_id, beat, clock, tracker.drift_ms),
    tempo_next: leading?.tempo_next ?? null,
    jitter_ms: leading && toJitter(leading.lateness_ms),
    last_bar: last_bar && toToldTiming(last_bar),
  }
}

function ownBeat({ options }: PulseNode, term: Term, clock: Clock): Beat {
  const { cluster_id, name } = options
  const { beats_per_bar, epoch } = term
  const index = Math.max(term.sent_before, presentBeat(term, clock.monotonic_ms))
  const { schedule } = scheduleAt(term.schedule, term.tempo_next, index)
  return toBeat(
    { cluster_id, beats_per_bar, epoch, leader: name, degraded: false },
    schedule,
    index,
    clock.monotonic_ms,
    clock,
  )
}

function toJitter(lateness_ms: readonly number[]): PulseDocument['jitter_ms'] {
  if (lateness_ms.length === 0) return null
  const sorted = lateness_ms.toSorted((a, b) => a - b)
  const rank = (share: number): number => roundToMicros(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) }
}

export function toTempoDocument(
  cluster_id: string,
  { schedule, tempo_next }: Pick<Term, 'schedule' | 'tempo_next'>,
): TempoDocument {
  const { min_bpm, max_bpm } = tempoRange(schedule.bpm)
  return {
    schema: 'beacon.tempo.v1',
    cluster_id,
    tempo_bpm: schedule.bpm,
    tempo_next,
    tempo_min_bpm: min_bpm,
    tempo_max_bpm: max_bpm,
  }
}
