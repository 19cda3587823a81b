// What a report says beside the claims: gathered bar by bar while the bar runs, and kept until it can change no more.

import { barOf } from './beat.ts'
import type { BarTiming, BeatFrame, PulseNote } from './beat-frame.ts'
import type { RefusedClaims } from './status-claim.ts'

/** Of one bar. */
export type BarFacts = {
  /** As the leader said on the downbeat after it. */
  timing: BarTiming | null
  /** As its frames were heard: the measure where nobody says. */
  frames: number
  late_ms: number
  leader_changes: number
  /** Of its last frame; 0 when none was heard. */
  tempo_bpm: number
  refused: number
  refused_agents: string[]
  /** Views that were closed since their viewers did not keep up. */
  dropped_views: number
}

export type FactBook = {
  /** By the bar's first beat. */
  bars: Map<number, BarFacts>
  /** Of the last frame heard; 0 before any. */
  epoch: number
  /** The last downbeat that was heard: the leader's word on the bar before it has come, if there is one. -1 before any. */
  downbeat: number
}

/** As many as the fold keeps bars, and one that nobody has claimed anything for yet. */
const bars_max = 6
const examples_max = 5

export const makeFactBook = (): FactBook => ({ bars: new Map(), epoch: 0, downbeat: -1 })

const noFacts = (): BarFacts => ({
  timing: null,
  frames: 0,
  late_ms: 0,
  leader_changes: 0,
  tempo_bpm: 0,
  refused: 0,
  refused_agents: [],
  dropped_views: 0,
})

/** What is known of a bar, be it nothing. */
export const factsOf = ({ bars }: FactBook, from_beat: number): Readonly<BarFacts> =>
  bars.get(from_beat) ?? noFacts()

/** To add to; those of the oldest bar make room. */
function openFacts({ bars }: FactBook, from_beat: number): BarFacts {
  const facts = bars.get(from_beat) ?? noFacts()
  bars.set(from_beat, facts)
  if (bars.size > bars_max) bars.delete(Math.min(...bars.keys()))
  return facts
}

/** A frame as it was taken. */
export function hearBeat(
  book: FactBook,
  { beat_index, tempo_bpm, downbeat }: BeatFrame,
  note: PulseNote | undefined,
  beats_per_bar: number,
): void {
  const { from_beat } = barOf(beat_index, beats_per_bar)
  const facts = openFacts(book, from_beat)
  facts.frames++
  facts.late_ms += note?.late_ms ?? 0
  facts.tempo_bpm = tempo_bpm
  if (note) {
    if (book.epoch !== 0 && note.epoch !== book.epoch) facts.leader_changes++
    book.epoch = note.epoch
  }
  if (!downbeat) return
  book.downbeat = from_beat
  if (note?.bar) hearTiming(book, note.bar)
}

const hearTiming = (book: FactBook, timing: BarTiming): void => {
  openFacts(book, timing.from_beat).timing = timing
}

/** The word of a leader that was asked, since the downbeat at `from_beat` was not heard. */
export function hearAnswer(book: FactBook, from_beat: number, timing: BarTiming | null): void {
  book.downbeat = Math.max(book.downbeat, from_beat)
  if (timing) hearTiming(book, timing)
}

/** What gateways tell; undefined when it is something else. */
export function parseRefusedClaims(json: string): RefusedClaims | undefined {
  try {
    const { counts, agents } = JSON.parse(json) as RefusedClaims
    const isCounted = Object.values(counts).every((count) => Number.isSafeInteger(count) && count >= 0)
    return isCounted && agents.every((agent) => typeof agent === 'string') ? { counts, agents } : undefined
  } catch {
    return undefined
  }
}

export function hearRefused(book: FactBook, from_beat: number, { counts, agents }: RefusedClaims): void {
  const facts = openFacts(book, from_beat)
  for (const count of Object.values(counts)) facts.refused += count
  facts.refused_agents = [...new Set([...facts.refused_agents, ...agents])].slice(0, examples_max)
}

/** A view was closed since its viewer did not keep up. */
export function noteDroppedView(book: FactBook, from_beat: number): void {
  openFacts(book, from_beat).dropped_views++
}

/** Mean of sent − scheduled in milliseconds with three decimals: the leader's own, else as heard, else 0. */
export function driftOf({ timing, frames, late_ms }: BarFacts): number {
  const drift_ms = timing?.drift_ms ?? (frames === 0 ? 0 : late_ms / frames)
  return Math.round(drift_ms * 1_000) / 1_000
}
