// What a consumer of frames knows of the beat: the leader's count while it is heard, its own when it is not (SEEDS.md 4).

import {
  type BarBounds,
  barOf,
  beatAt,
  beatMs,
  type Phase,
  phaseAt,
  phaseEnd,
  type Schedule,
  startOf,
  toWindowId,
} from './beat.ts'
import { type Estimate, estimate, type Sighting, toSchedule } from './beat-estimate.ts'
import type { BeatFrame, PulseNote } from './beat-frame.ts'
import type { PulseDocument } from './pulse-document.ts'
import { parseRfc3339 } from './rfc3339.ts'

/** Both clocks at one moment: milliseconds that never go back, and the wall's. */
export type Clock = { monotonic_ms: number; wall_ms: number }

/** The beat at a moment. Times are milliseconds of the wall clock given. */
export type Beat = BarBounds & {
  beat_index: number
  downbeat: boolean
  phase: Phase
  /** 0 to 1, through the beat. */
  progress: number
  window_id: string
  tempo_bpm: number
  beats_per_bar: number
  starts_ms: number
  /** The end of the phase. */
  deadline_ms: number
  ends_ms: number
  /** No frame for two beats: this is the local count. */
  degraded: boolean
  epoch: number
  leader: string | null
}

/** A schedule of the past or the present, and from when it held. */
type Span = { from_ms: number; from_beat: number; schedule: Schedule }

/** All times are monotonic. */
export type BeatTracker = {
  cluster_id: string
  epoch: number
  leader: string | null
  beats_per_bar: number
  /** Highest index taken; -1 before any. */
  taken: number
  /** Highest index told as the present beat. */
  told: number
  /** Null before anything was heard. */
  schedule: Schedule | null
  estimate: Estimate | null
  /** The last few, oldest first; the last one is `schedule`. */
  spans: Span[]
  heard_ms: number
  /** Local count against the leader's when a silence ended last; positive: the local one was behind. */
  drift_ms: number
}

export const makeBeatTracker = (cluster_id: string): BeatTracker => ({
  cluster_id,
  epoch: 0,
  leader: null,
  beats_per_bar: 0,
  taken: -1,
  told: -1,
  schedule: null,
  estimate: null,
  spans: [],
  heard_ms: Number.NEGATIVE_INFINITY,
  drift_ms: 0,
})

/**
 * `fenced`: from a leader that is none any more. `repeated`: the index was taken before. `foreign`: of another cluster.
 * `inconsistent`: its window is not the one of its beat.
 */
export type Heard = 'taken' | 'fenced' | 'repeated' | 'foreign' | 'inconsistent'

/** Without a note (a foreign pulse) the epoch counts as 0 and the bar's length stays. */
export function hearFrame(
  tracker: BeatTracker,
  frame: BeatFrame,
  note: PulseNote | undefined,
  clock: Clock,
): Heard {
  const { cluster_id, beat_index } = frame
  if (cluster_id !== tracker.cluster_id) return 'foreign'
  const epoch = note?.epoch ?? 0
  const leader = note?.leader ?? null
  if (epoch < tracker.epoch) return 'fenced'
  // An epoch has one leader: the one that was heard first.
  if (epoch === tracker.epoch && tracker.leader !== null && leader !== tracker.leader) return 'fenced'
  if (note && !isConsistent(frame, note.beats_per_bar)) return 'inconsistent'
  // Also a repeated beat tells of a new leader.
  tracker.epoch = epoch
  tracker.leader = leader
  tracker.beats_per_bar = note?.beats_per_bar ?? tracker.beats_per_bar
  if (beat_index <= tracker.taken) return 'repeated'
  // After a silence the local count is no measure of a frame, but measured by it.
  const silent = isDegraded(tracker, clock)
  const next = estimate(silent ? null : tracker.estimate, sight(frame, note, clock))
  if (tracker.schedule && silent)
    tracker.drift_ms = startOf(tracker.schedule, beat_index) - startOf(toSchedule(next), beat_index)
  tracker.taken = beat_index
  tracker.heard_ms = clock.monotonic_ms
  follow(tracker, next, beat_index)
  return 'taken'
}

function isConsistent(
  { cluster_id, beat_index, downbeat, window_id }: BeatFrame,
  beats_per_bar: number,
): boolean {
  const { from_beat } = barOf(beat_index, beats_per_bar)
  return downbeat === (beat_index === from_beat) && window_id === toWindowId(cluster_id, from_beat)
}

/** More than a frame may take on its way: then the clocks differ. */
const delayMax_ms = 1_000
/** `deadline_at` has whole milliseconds. */
const rounding_ms = 1

function sight(frame: BeatFrame, note: PulseNote | undefined, clock: Clock): Sighting {
  const { beat_index: beat, tempo_bpm: bpm, phase, deadline_at } = frame
  const late_ms = note?.late_ms ?? 0
  const arrived_ms = clock.monotonic_ms - late_ms
  const start_ms = (parseRfc3339(deadline_at) ?? Number.NaN) - phaseEnd(phase, bpm)
  const delay_ms = clock.wall_ms - start_ms - late_ms
  const fits = delay_ms >= -rounding_ms && delay_ms <= Math.min(beatMs(bpm), delayMax_ms)
  return {
    beat,
    bpm,
    arrived_ms,
    written_ms: fits ? arrived_ms - Math.max(0, delay_ms) : undefined,
  }
}

/** So many changes of tempo are remembered. */
const spansMax = 32

function follow(tracker: BeatTracker, next: Estimate, beat: number): void {
  const { spans } = tracker
  const { bpm } = next.base
  const at_ms = startOf(toSchedule(next), beat)
  const schedule = { beat, at_ms, bpm }
  tracker.estimate = next
  tracker.schedule = schedule
  const last = spans.at(-1)
  // The same count, known a little better.
  if (last?.schedule.bpm === bpm && Math.abs(startOf(last.schedule, beat) - at_ms) < beatMs(bpm) / 2) {
    last.schedule = schedule
    return
  }
  while ((spans.at(-1)?.from_ms ?? at_ms - 1) >= at_ms) spans.pop()
  spans.push({ from_ms: at_ms, from_beat: beat, schedule })
  if (spans.length > spansMax) spans.shift()
}

/** What a node of the pulse says of itself, for a start: a frame may be minutes away. Frames that came count more. */
export function hearStatus(tracker: BeatTracker, status: PulseDocument, clock: Clock): void {
  if (tracker.schedule || status.cluster_id !== tracker.cluster_id || status.epoch < tracker.epoch) return
  const since_ms = (parseRfc3339(status.at) ?? 0) - (parseRfc3339(status.beat_at) ?? 0)
  tracker.epoch = status.epoch
  tracker.leader = status.leader
  tracker.beats_per_bar = status.beats_per_bar
  if (!status.degraded) tracker.heard_ms = clock.monotonic_ms
  const { beat_index: beat, tempo_bpm: bpm } = status
  const base = { beat, at_ms: clock.monotonic_ms - since_ms, bpm }
  follow(tracker, { base, offsets_ms: [0], beat }, beat)
}

/** No frame came for two beats. */
export const isDegraded = ({ schedule, heard_ms }: BeatTracker, { monotonic_ms }: Clock): boolean =>
  schedule !== null && monotonic_ms - heard_ms > 2 * beatMs(schedule.bpm)

/** The beat now, which never goes back; undefined before anything was heard. */
export function beatNow(tracker: BeatTracker, clock: Clock): Beat | undefined {
  const { schedule, beats_per_bar } = tracker
  if (!schedule || beats_per_bar === 0) return undefined
  const index = Math.max(tracker.taken, tracker.told, beatAt(schedule, clock.monotonic_ms))
  tracker.told = index
  return toBeat(factsOf(tracker, clock), schedule, index, clock.monotonic_ms, clock)
}

/** The beat at a moment of the last minutes, by what is known now. */
export function beatAtTime(tracker: BeatTracker, at_ms: number, clock: Clock): Beat | undefined {
  const { spans, beats_per_bar } = tracker
  if (beats_per_bar === 0) return undefined
  const next = spans.findIndex(({ from_ms }, index) => index > 0 && from_ms > at_ms)
  const span = spans.at(next < 0 ? -1 : next - 1)
  if (!span) return undefined
  const index = Math.max(0, beatAt(span.schedule, at_ms))
  const until = spans[next]?.from_beat ?? Number.POSITIVE_INFINITY
  return toBeat(factsOf(tracker, clock), span.schedule, Math.min(index, until - 1), at_ms, clock)
}

/** When a beat of the last minutes ended, or one to come will, by the wall clock given; undefined before anything was heard. */
export function endOf({ spans }: BeatTracker, beat_index: number, clock: Clock): number | undefined {
  const next = spans.findIndex(({ from_beat }, index) => index > 0 && from_beat > beat_index)
  const span = spans.at(next < 0 ? -1 : next - 1)
  if (!span) return undefined
  const end_ms = Math.min(startOf(span.schedule, beat_index + 1), spans[next]?.from_ms ?? Infinity)
  return end_ms + clock.wall_ms - clock.monotonic_ms
}

type Facts = Pick<BeatTracker, 'cluster_id' | 'beats_per_bar' | 'epoch' | 'leader'> & { degraded: boolean }

const factsOf = (tracker: BeatTracker, clock: Clock): Facts => ({
  cluster_id: tracker.cluster_id,
  beats_per_bar: tracker.beats_per_bar,
  epoch: tracker.epoch,
  leader: tracker.leader,
  degraded: isDegraded(tracker, clock),
})

/** The beat `beat_index` as it is at `at_ms` (monotonic). */
export function toBeat(
  { cluster_id, beats_per_bar, epoch, leader, degraded }: Facts,
  schedule: Schedule,
  beat_index: number,
  at_ms: number,
  clock: Clock,
): Beat {
  const bar = barOf(beat_index, beats_per_bar)
  const length_ms = beatMs(schedule.bpm)
  const started_ms = startOf(schedule, beat_index)
  const progress = Math.min(1, Math.max(0, (at_ms - started_ms) / length_ms))
  const phase = phaseAt(progress)
  const starts_ms = started_ms + clock.wall_ms - clock.monotonic_ms
  return {
    ...bar,
    beat_index,
    downbeat: beat_index === bar.from_beat,
    phase,
    progress,
    window_id: toWindowId(cluster_id, bar.from_beat),
    tempo_bpm: schedule.bpm,
    beats_per_bar,
    starts_ms,
    deadline_ms: starts_ms + phaseEnd(phase, schedule.bpm),
    ends_ms: starts_ms + length_ms,
    degraded,
    epoch,
    leader,
  }
}
