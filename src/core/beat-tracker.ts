// What a consumer of frames knows of the beat: the leader's count while it is heard, its own when it is not (SEEDS.md 4).

import {
  type BarBounds,
  barOf,
  beatAt,
  beatMs,
  type Phase,
  phases,
  type Schedule,
  startOf,
  toWindowId,
} from './beat.ts'
import type { BeatFrame, PulseNote } from './beat-frame.ts'

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

export type BeatTracker = {
  cluster_id: string
  epoch: number
  leader: string | null
  beats_per_bar: number
  /** Highest index taken; -1 before any. */
  taken: number
  /** By the monotonic clock. Null before anything was heard. */
  schedule: Schedule | null
  heard_ms: number
  degraded: boolean
  drift_ms: number
}

export const makeBeatTracker = (cluster_id: string): BeatTracker => ({
  cluster_id,
  epoch: 0,
  leader: null,
  beats_per_bar: 0,
  taken: -1,
  schedule: null,
  heard_ms: 0,
  degraded: false,
  drift_ms: 0,
})

/** `fenced`: from a leader that is none any more. `repeated`: the index was taken before. `foreign`: of another cluster. */
export type Heard = 'taken' | 'fenced' | 'repeated' | 'foreign'

/** Without a note (a foreign pulse) the epoch counts as 0 and the bar's length stays. */
export function hearFrame(
  tracker: BeatTracker,
  frame: BeatFrame,
  note: PulseNote | undefined,
  clock: Clock,
): Heard {
  if (frame.cluster_id !== tracker.cluster_id) return 'foreign'
  const epoch = note?.epoch ?? 0
  if (epoch < tracker.epoch) return 'fenced'
  if (frame.beat_index <= tracker.taken) return 'repeated'
  tracker.epoch = epoch
  tracker.leader = note?.leader ?? null
  tracker.beats_per_bar = note?.beats_per_bar ?? tracker.beats_per_bar
  tracker.taken = frame.beat_index
  tracker.heard_ms = clock.monotonic_ms
  tracker.degraded = false
  tracker.schedule = {
    beat: frame.beat_index,
    at_ms: clock.monotonic_ms - (note?.late_ms ?? 0),
    bpm: frame.tempo_bpm,
  }
  return 'taken'
}

/** The beat now; undefined before anything was heard. */
export function beatNow(tracker: BeatTracker, clock: Clock): Beat | undefined {
  const { schedule, cluster_id, beats_per_bar, epoch, leader } = tracker
  if (!schedule || beats_per_bar === 0) return undefined
  const beat_index = Math.max(tracker.taken, beatAt(schedule, clock.monotonic_ms))
  const bar = barOf(beat_index, beats_per_bar)
  const length = beatMs(schedule.bpm)
  const starts = startOf(schedule, beat_index)
  const progress = Math.min(1, Math.max(0, (clock.monotonic_ms - starts) / length))
  const phase = Math.min(2, Math.floor(progress * 3))
  const starts_ms = starts + clock.wall_ms - clock.monotonic_ms
  return {
    ...bar,
    beat_index,
    downbeat: beat_index === bar.from_beat,
    phase: phases[phase] as Phase,
    progress,
    window_id: toWindowId(cluster_id, bar.from_beat),
    tempo_bpm: schedule.bpm,
    beats_per_bar,
    starts_ms,
    deadline_ms: starts_ms + ((phase + 1) * length) / 3,
    ends_ms: starts_ms + length,
    degraded: clock.monotonic_ms - tracker.heard_ms > 2 * length,
    epoch,
    leader,
  }
}
