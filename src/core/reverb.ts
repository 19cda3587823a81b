// When which bars are reported: each at its downbeat, and again whenever claims that came later changed it
// (docs/adr/0008). Time is counted in beats; what is said of a bar comes from the fold (bars.ts) and from reverb-facts.ts.
//
// The stream is the truth on what was reported, and the fold keeps it with the bar. A report stays in the outbox until it
// is stored, and until it is heard back its window gets no other one.

import type { BarReport } from './bar-report.ts'
import { type Bar, makeBar, openBarsMax, toBarReport } from './bars.ts'
import { type BarBounds, barOf, beatMs, tempoDefault_bpm, toWindowId } from './beat.ts'
import type { Beat } from './beat-tracker.ts'
import type { Fleet } from './fleet.ts'
import { driftOf, type FactBook, factsOf, makeFactBook } from './reverb-facts.ts'

export type Reverb = {
  cluster_id: string
  facts: FactBook
  /** First beat of the bar that runs; -1 before any beat. */
  from_beat: number
  /** Of the last beat looked at; before any, what it was given. */
  tempo_bpm: number
  /** A bar has ended, and its report waits: at the latest until here, in beats. */
  waits_until: number | null
  /** The last of the beats 1, 2, 4, 8 … of the running bar at which was looked for news. */
  looked: number
  /** Bars that ended while nobody looked yet: each gets a report, though nobody may have claimed anything. */
  ended: BarBounds[]
  /** By window: issued here and not heard back. */
  issued: Map<string, BarReport>
  /** Issued and not known to be stored, in their order. */
  outbox: Outgoing[]
}

/** `downbeat_ms`: by the wall clock, where the bar ended; null where that says nothing on how quick the report was. */
export type Outgoing = { report: BarReport; downbeat_ms: number | null }

/** What reports are made of, and the wall clock. */
export type Source = { fleet: Fleet; now_ms: number }

/** `caught_up`: the fold holds everything that was in the stream when the bar ended. */
export type Look = Source & { beat: Beat; caught_up: boolean }

/** A bar waits so long for the fold and for the leader's word. */
const wait_beats = 0.5
/** Of a longer time away, without a pulse or without us, only these end as empty bars. */
const ended_max = 4
/** What the stream lost is never heard back. */
const issued_max = 32

export const makeReverb = (cluster_id: string, tempo_bpm = tempoDefault_bpm): Reverb => ({
  cluster_id,
  facts: makeFactBook(),
  from_beat: -1,
  tempo_bpm,
  waits_until: null,
  looked: 0,
  ended: [],
  issued: new Map(),
  outbox: [],
})

/** Puts into the outbox what is due now. May be called at any time; `nextLookAt` tells when it is worth it. */
export function lookAtBars(reverb: Reverb, look: Look): void {
  const { beat, caught_up } = look
  noteEnded(reverb, beat)
  const wait = reverb.waits_until
  if (wait !== null) {
    const informed = reverb.facts.downbeat >= beat.from_beat
    if (!(caught_up && informed) && positionOf(beat) < wait) return
    reverb.waits_until = null
  }
  const due = lastLookBy(beat.beat_index - beat.from_beat)
  if (wait === null && due <= reverb.looked) return
  reverb.looked = due
  issueEnded(reverb, look)
}

/** Where in beats something may be due next. */
export const nextLookAt = ({ waits_until }: Reverb, { beat_index }: Beat): number =>
  Math.min(waits_until ?? Number.POSITIVE_INFINITY, beat_index + 1)

export const positionOf = ({ beat_index, progress }: Beat): number => beat_index + progress

/**
 * Before a claim or a report is folded: a new bar may push the oldest out of the fold. What is not reported of that one is
 * issued at once; only a fold that lags or recovers comes to that.
 */
export function lookBefore(reverb: Reverb, { from_beat, to_beat }: BarBounds, source: Source): void {
  const { open } = source.fleet.bars
  const newest = open.at(-1)
  if (!newest || from_beat <= newest.from_beat) return
  const oldest = from_beat - (openBarsMax - 1) * (to_beat - from_beat + 1)
  for (const bar of open) if (bar.from_beat < oldest && bar.claims > 0) issue(reverb, bar, source, null, true)
}

/** A report as the stream brought it, whoever issued it. */
export function hearReport(reverb: Reverb, { window_id, revision }: BarReport): void {
  const { issued, outbox } = reverb
  const own = issued.get(window_id)
  if (own && own.revision <= revision) issued.delete(window_id)
  const rest = outbox.filter(({ report }) => report.window_id !== window_id || report.revision > revision)
  if (rest.length < outbox.length) outbox.splice(0, outbox.length, ...rest)
}

/** Once the broker has it. */
export function removeOutgoing({ outbox }: Reverb, outgoing: Outgoing): void {
  const at = outbox.indexOf(outgoing)
  if (at >= 0) outbox.splice(at, 1)
}

/** What would be reported of a bar now, as its next revision. */
export function reportOf(reverb: Reverb, bar: Bar, { fleet, now_ms }: Source): BarReport {
  const facts = factsOf(reverb.facts, bar.from_beat)
  const report = toBarReport(
    fleet.bars,
    bar,
    {
      cluster_id: reverb.cluster_id,
      tempo_bpm: facts.tempo_bpm || reverb.tempo_bpm,
      tempo_drift_ms: driftOf(facts),
      leader_changes: facts.timing?.leader_changes ?? facts.leader_changes,
      refused: { count: facts.refused, agents: facts.refused_agents },
      dropped_views: facts.dropped_views,
      // Agents have no tokens yet, so that none can be outstanding.
      rotations_outstanding: 0,
      issued_at: new Date(now_ms).toISOString(),
    },
    fleet,
  )
  const issued = reverb.issued.get(bar.window_id)
  return issued && issued.revision > bar.revision ? { ...report, revision: issued.revision + 1 } : report
}

/** The bar that runs, where the fold has nothing of it yet. */
export function runningBar({ cluster_id }: Reverb, beat: Beat, { bars }: Fleet): Bar | undefined {
  return bars.open.some(({ window_id }) => window_id === beat.window_id)
    ? undefined
    : toEmptyBar(cluster_id, beat)
}

function noteEnded(reverb: Reverb, beat: Beat): void {
  const { from_beat, beats_per_bar } = beat
  reverb.tempo_bpm = beat.tempo_bpm
  if (from_beat <= reverb.from_beat) return
  // Who has just come knows of the last bar only that it ended.
  const from = reverb.from_beat < 0 ? from_beat - beats_per_bar : reverb.from_beat
  for (let at = Math.max(0, from, from_beat - ended_max * beats_per_bar); at < from_beat; at += beats_per_bar)
    reverb.ended.push(barOf(at, beats_per_bar))
  reverb.ended = reverb.ended.slice(-ended_max)
  reverb.from_beat = from_beat
  reverb.looked = 0
  reverb.waits_until = positionOf(beat) + wait_beats
}

/** The last one of the beats 1, 2, 4, 8 … up to `beat` of the bar; 0 before the first. */
const lastLookBy = (beat: number): number => (beat < 1 ? 0 : 2 ** Math.floor(Math.log2(beat)))

/** All bars that are over and have news; without a pulse nobody knows that an empty one is over. */
function issueEnded(reverb: Reverb, look: Look): void {
  const { beat, fleet } = look
  const over = fleet.bars.open.filter(({ to_beat }) => to_beat < beat.from_beat)
  const known = new Set(over.map(({ from_beat }) => from_beat))
  const rest = reverb.ended.filter(({ from_beat }) => !known.has(from_beat))
  reverb.ended = beat.degraded ? rest : []
  const empty = beat.degraded ? [] : rest.map((bounds) => toEmptyBar(reverb.cluster_id, bounds))
  for (const bar of [...over, ...empty].sort((a, b) => a.from_beat - b.from_beat)) {
    const endedNow = bar.to_beat + 1 === beat.from_beat
    issue(reverb, bar, look, endedNow ? startOfBar(beat) : null, false)
  }
}

const startOfBar = ({ starts_ms, beat_index, from_beat, tempo_bpm }: Beat): number =>
  starts_ms - (beat_index - from_beat) * beatMs(tempo_bpm)

const toEmptyBar = (cluster_id: string, { from_beat, to_beat }: BarBounds): Bar =>
  makeBar({ from_beat, to_beat, window_id: toWindowId(cluster_id, from_beat) })

/** With `last_chance`, also while the report before is still on its way. */
function issue(
  reverb: Reverb,
  bar: Bar,
  source: Source,
  downbeat_ms: number | null,
  last_chance: boolean,
): void {
  const issued = reverb.issued.get(bar.window_id)
  if (issued && !last_chance) return
  // Claims only ever add up. What is known beside them differs from aggregator to aggregator, and is no reason for one to
  // correct the other.
  if (bar.claims <= ((issued ?? bar.report)?.claims ?? -1)) return
  const report = reportOf(reverb, bar, source)
  reverb.issued.delete(bar.window_id)
  reverb.issued.set(bar.window_id, report)
  for (const oldest of reverb.issued.keys()) {
    if (reverb.issued.size <= issued_max) break
    reverb.issued.delete(oldest)
  }
  reverb.outbox.push({ report, downbeat_ms: report.revision === 0 ? downbeat_ms : null })
}
