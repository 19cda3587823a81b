// What a run reports: a line each second while it goes on, and the document beacon.sim.v1 at its end.

import type { Counts, Latency, Meter } from './meter.ts'
import type { ClaimsResult } from './run-claims.ts'
import type { SimOptions } from './run-sim.ts'

/** The state of the senders at one moment. */
export type SimReading = {
  elapsed_ms: number
  /** Events that were due. */
  scheduled: number
  /** Events due and not sent. */
  waiting: number
  /** Requests in flight. */
  flying: number
  /** Age of the oldest event that is due and not sent. */
  behind_ms: number
  behind_ms_max: number
}

export type SimProgress = SimReading & Counts & { latency_ms: Latency; claims_acknowledged: number | null }

export type SimResult = Counts & {
  schema: 'beacon.sim.v1'
  run: string
  seed: number
  scenario: string
  agents: number
  batch: number
  started: string
  finished: string
  /** From the start to the last answer, no shorter than the schedule. */
  duration_ms: number
  /** Events that were due. */
  scheduled: number
  /** Events per second by the schedule. */
  rate_nominal: number
  /** Events per second answered. */
  rate_achieved: number
  /** From the due time of an event to its acknowledgement. */
  latency_ms: Latency
  behind_ms: number
  behind_ms_max: number
  /** Sent, and no answer: may be stored or not. */
  unresolved: number
  /** Due, and never sent. */
  unsent: number
  interrupted: boolean
  /** Everything good was acknowledged and everything wrong was refused. */
  complete: boolean
  /** Null without `--claims`. */
  claims: ClaimsResult | null
  /** Unexpected answers and retries, with an example of each. */
  notes: { what: string; detail: string; count: number }[]
  ledger: string | null
}

export const toProgress = (
  meter: Meter,
  reading: SimReading,
  claims_acknowledged: number | null,
): SimProgress => ({
  ...reading,
  ...meter.counts,
  latency_ms: meter.readLatency(),
  claims_acknowledged,
})

export function toResult(facts: {
  options: SimOptions
  meter: Meter
  reading: SimReading
  started: string
  finished: string
  span_ms: number
  unsent: number
  unresolved: number
  interrupted: boolean
  claims: ClaimsResult | null
  ledger: string | null
}): SimResult {
  const { options, reading, meter } = facts
  const { counts } = meter
  const scheduleMs = Math.min(reading.elapsed_ms, options.duration_ms ?? Number.POSITIVE_INFINITY)
  const answered = counts.sent - facts.unresolved
  const bad = counts.rejected_unexpected + counts.wrongly_answered + counts.unclear
  return {
    schema: 'beacon.sim.v1',
    run: options.run,
    seed: options.seed,
    scenario: options.scenario,
    agents: options.agents,
    batch: options.batch,
    started: facts.started,
    finished: facts.finished,
    duration_ms: Math.round(facts.span_ms),
    scheduled: reading.scheduled,
    rate_nominal: perSecond(reading.scheduled, scheduleMs),
    rate_achieved: perSecond(answered, facts.span_ms),
    ...counts,
    unresolved: facts.unresolved,
    unsent: facts.unsent,
    latency_ms: meter.readLatency(),
    behind_ms: Math.round(reading.behind_ms),
    behind_ms_max: Math.round(reading.behind_ms_max),
    interrupted: facts.interrupted,
    complete: facts.unsent + facts.unresolved + bad === 0 && (facts.claims?.complete ?? true),
    claims: facts.claims,
    notes: [...meter.notes],
    ledger: facts.ledger,
  }
}

const perSecond = (events: number, ms: number): number =>
  ms > 0 ? Math.round((events * 10_000) / ms) / 10 : 0
