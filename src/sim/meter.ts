// What a run counts: events by their outcome, latency from the time an event was due, and how far behind the senders are.

import { build } from 'hdr-histogram-js'

export type Latency = { p50: number; p90: number; p99: number; max: number }

export type Counts = {
  /** Events handed to Beacon at least once: good, duplicate and wrong ones. */
  sent: number
  /** Numbered events that Beacon acknowledged, each once. */
  acknowledged: number
  duplicates_sent: number
  /** Deliberate wrongs that were refused as they should be. */
  rejected_expected: number
  /** Good events that were refused. */
  rejected_unexpected: number
  /** Deliberate wrongs that were acknowledged, or refused with a status outside the contract. */
  wrongly_answered: number
  /** Answers outside the contract, by event. */
  unclear: number
  /** Events sent again, each time counted. */
  retried: number
  /** Events that Beacon refused while it accepted a later one of the same agent in the same request. */
  overtaken: number
  requests: number
}

export type Meter = {
  readonly counts: Counts
  /** Latency of an acknowledgement from the event's due time. */
  latency(ms: number): void
  readLatency(): Latency
  /** Keeps an example of something unexpected; the first of each kind, and no more than a screenful. */
  note(what: string, detail: string): void
  readonly notes: readonly { what: string; detail: string; count: number }[]
}

const notesMax = 20
/** Microseconds; longer latencies count as this. */
const latencyMaxUs = 3_600_000_000

export function makeMeter(): Meter {
  const histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: latencyMaxUs,
    numberOfSignificantValueDigits: 3,
  })
  const notes = new Map<string, { what: string; detail: string; count: number }>()
  return {
    counts: {
      sent: 0,
      acknowledged: 0,
      duplicates_sent: 0,
      rejected_expected: 0,
      rejected_unexpected: 0,
      wrongly_answered: 0,
      unclear: 0,
      retried: 0,
      overtaken: 0,
      requests: 0,
    },
    latency(ms) {
      histogram.recordValue(Math.min(latencyMaxUs, Math.max(1, Math.round(ms * 1000))))
    },
    readLatency() {
      const at = (percentile: number): number =>
        histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1000
      return { p50: at(50), p90: at(90), p99: at(99), max: histogram.maxValue / 1000 }
    },
    note(what, detail) {
      const known = notes.get(what)
      if (known) known.count++
      else if (notes.size < notesMax) notes.set(what, { what, detail, count: 1 })
    },
    get notes() {
      return [...notes.values()]
    },
  }
}
