// Calls each beat once and never back: the leader's frames while they come, the local count when they do not.

import type { NatsConnection } from '@nats-io/nats-core'
import { type BarBounds, barOf, beatMs, type Phase, phaseEnd, phases, toWindowId } from '../core/beat.ts'
import type { Beat } from '../core/beat-tracker.ts'
import { type BeatFeed, type BeatFeedOptions, openBeatFeed } from './beat-feed.ts'

/** One beat of the swarm. Times are Unix milliseconds by this machine's clock. */
export type SwarmBeat = BarBounds & {
  beat_index: number
  /** The first beat of its bar. */
  downbeat: boolean
  /** 32 hex digits, one per bar. */
  window_id: string
  tempo_bpm: number
  beats_per_bar: number
  starts_ms: number
  /** When each phase ends; the end of `review` is the end of the beat. */
  deadlines_ms: Record<Phase, number>
  /** No frame came for two beats: this beat is counted locally. */
  degraded: boolean
}

export type BeatCaller = Pick<BeatFeed, 'now' | 'facts'> & {
  /** When a frame was heard last, by `performance.now()`; undefined before the first. */
  heardAt_ms(): number | undefined
  close(): void
}

/** After a stop of this process no more than so many beats are called late; those before them are left out. */
const lateBeatsMax = 2
/** How often it is looked whether a beat is known by now. */
const unknown_ms = 100
/** setTimeout takes no longer times. */
const timeoutMax_ms = 2 ** 31 - 1

export function openBeatCaller(
  nc: NatsConnection,
  options: Omit<BeatFeedOptions, 'onFrame'> & {
    onFrame?: BeatFeedOptions['onFrame']
    onBeat(beat: SwarmBeat): void
  },
): BeatCaller {
  let timer: NodeJS.Timeout | undefined
  let heard_ms: number | undefined
  /** Since the last frame, or since the beat was known without one. */
  let silentSince_ms: number | undefined
  let called = -1

  const feed = openBeatFeed(nc, {
    ...options,
    onFrame(frame, note) {
      heard_ms = performance.now()
      silentSince_ms = heard_ms
      options.onFrame?.(frame, note)
      const now = feed.now()
      if (now) call(now, frame.beat_index)
      arm()
    },
  })

  function call(now: Beat, index: number): void {
    if (index <= called) return
    called = index
    options.onBeat(toSwarmBeat(options.cluster_id, now, index))
  }

  /** While frames come the timer waits for their absence, then for the start of each beat. */
  function arm(): void {
    clearTimeout(timer)
    const now = feed.now()
    if (!now) {
      timer = setTimeout(arm, unknown_ms)
      return
    }
    silentSince_ms ??= performance.now()
    const length = beatMs(now.tempo_bpm)
    const next = Math.max(now.beat_index, called) + 1
    const wait_ms = now.degraded
      ? now.starts_ms + (next - now.beat_index) * length - Date.now()
      : silentSince_ms + 2 * length - performance.now()
    timer = setTimeout(onTimer, Math.min(timeoutMax_ms, Math.max(1, Math.ceil(wait_ms))))
  }

  function onTimer(): void {
    const now = feed.now()
    if (now?.degraded) {
      const first = Math.max(called + 1, now.beat_index - lateBeatsMax + 1)
      for (let index = first; index <= now.beat_index; index++) call(now, index)
    }
    arm()
  }

  arm()
  return {
    now: feed.now,
    facts: feed.facts,
    heardAt_ms: () => heard_ms,
    close() {
      clearTimeout(timer)
      feed.close()
    },
  }
}

/** Another beat of the same schedule as the present one. */
function toSwarmBeat(cluster_id: string, now: Beat, beat_index: number): SwarmBeat {
  const length = beatMs(now.tempo_bpm)
  const starts_ms = now.starts_ms + (beat_index - now.beat_index) * length
  const bar = barOf(beat_index, now.beats_per_bar)
  const ends = phases.map((phase) => [phase, starts_ms + phaseEnd(phase, now.tempo_bpm)])
  return {
    ...bar,
    beat_index,
    downbeat: beat_index === bar.from_beat,
    window_id: toWindowId(cluster_id, bar.from_beat),
    tempo_bpm: now.tempo_bpm,
    beats_per_bar: now.beats_per_bar,
    starts_ms,
    deadlines_ms: Object.fromEntries(ends) as Record<Phase, number>,
    degraded: now.degraded,
  }
}
