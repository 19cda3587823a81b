// Follows the beat of one cluster over NATS: frames as they are taken, and the beat at any moment, also while none come.

import type { NatsConnection } from '@nats-io/nats-core'
import type { BeatFrame, PulseNote } from '../core/beat-frame.ts'
import {
  type Beat,
  beatAtTime,
  beatNow,
  type Clock,
  endOf,
  hearFrame,
  hearStatus,
  isDegraded,
  makeBeatTracker,
} from '../core/beat-tracker.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'
import { askPulse } from './ask-pulse.ts'
import { readBeatMessage } from './read-beat-message.ts'

export type BeatFeedOptions = {
  cluster_id: string
  clock?: () => Clock
  /** Each frame taken, in order, once. `beat` is the one of the frame, not necessarily the present one. */
  onFrame?(frame: BeatFrame, note: PulseNote | undefined): void
}

export type BeatFeed = {
  /** Undefined as long as nothing is known. */
  now(): Beat | undefined
  /** The beat at a time of the last minutes, by this machine's wall clock. */
  beatAt(wall_ms: number): Beat | undefined
  /** When a beat of the last minutes ended, or one to come will; milliseconds of this machine's wall clock. */
  endOf(beat_index: number): number | undefined
  facts(): BeatFacts
  close(): void
}

export type BeatFacts = {
  /** No frame for two beats, or never one: beats are counted here. */
  degraded: boolean
  /** Local count against the leader's at the end of the last silence; positive: the local one was behind. */
  drift_ms: number
  epoch: number
  leader: string | null
  /** Frames taken. */
  heard: number
  /** Frames of a leader that is none any more. */
  fenced: number
  /** What was on the subject and is no frame of this cluster. */
  refused: number
}

export const systemClock = (): Clock => ({ monotonic_ms: performance.now(), wall_ms: Date.now() })

/** While nothing is known the pulse is asked so often: at a slow tempo the next frame is minutes away. */
const ask_ms = 1_000

export function openBeatFeed(nc: NatsConnection, options: BeatFeedOptions): BeatFeed {
  const { cluster_id, clock = systemClock, onFrame } = options
  const tracker = makeBeatTracker(cluster_id)
  const counts = { heard: 0, fenced: 0, refused: 0 }
  const subscription = nc.subscribe(backbeatSubjects(cluster_id).beat, {
    callback(error, message) {
      if (error) return
      const read = readBeatMessage(message)
      if (!read.ok) {
        counts.refused++
        return
      }
      const { frame, note } = read.value
      const heard = hearFrame(tracker, frame, note, clock())
      if (heard === 'fenced') counts.fenced++
      else if (heard === 'foreign' || heard === 'inconsistent') counts.refused++
      if (heard !== 'taken') return
      counts.heard++
      onFrame?.(frame, note)
    },
  })
  const stopAsking = askWhile(
    () => tracker.schedule === null,
    async () => {
      const status = await askPulse(nc, { cluster_id, timeout_ms: ask_ms })
      if (status) hearStatus(tracker, status, clock())
    },
  )
  return {
    now: () => beatNow(tracker, clock()),
    beatAt(wall_ms) {
      const now = clock()
      return beatAtTime(tracker, wall_ms - now.wall_ms + now.monotonic_ms, now)
    },
    endOf: (beat_index) => endOf(tracker, beat_index, clock()),
    facts: () => ({
      ...counts,
      degraded: tracker.schedule === null || isDegraded(tracker, clock()),
      drift_ms: tracker.drift_ms,
      epoch: tracker.epoch,
      leader: tracker.leader,
    }),
    close() {
      stopAsking()
      subscription.unsubscribe()
    },
  }
}

/** Asks at once and then each second. An answer that does not come is no error: whoever leads may still be starting. */
function askWhile(isWanted: () => boolean, ask: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const next = async (): Promise<void> => {
    const asked_ms = performance.now()
    await ask()
    if (stopped || !isWanted()) return
    timer = setTimeout(() => void next(), Math.max(0, ask_ms - (performance.now() - asked_ms)))
    timer.unref()
  }
  void next()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
