// Follows the beat of one cluster over NATS: frames as they are taken, and the beat at any moment, also while none come.

import type { NatsConnection } from '@nats-io/nats-core'
import type { BeatFrame, PulseNote } from '../core/beat-frame.ts'
import { pulseHeader } from '../core/beat-frame.ts'
import { type Beat, beatNow, type Clock, hearFrame, makeBeatTracker } from '../core/beat-tracker.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'

export type BeatFeedOptions = {
  cluster_id: string
  clock?: () => Clock
  /** Each frame taken, in order, once. `beat` is the one of the frame, not necessarily the present one. */
  onFrame?(frame: BeatFrame, note: PulseNote | undefined): void
}

export type BeatFeed = {
  /** Undefined as long as nothing is known. */
  now(): Beat | undefined
  close(): void
}

export const systemClock = (): Clock => ({ monotonic_ms: performance.now(), wall_ms: Date.now() })

export function openBeatFeed(nc: NatsConnection, options: BeatFeedOptions): BeatFeed {
  const { cluster_id, clock = systemClock, onFrame } = options
  const tracker = makeBeatTracker(cluster_id)
  const subscription = nc.subscribe(backbeatSubjects(cluster_id).beat, {
    callback(error, message) {
      if (error) return
      const frame = message.json<BeatFrame>()
      const header = message.headers?.get(pulseHeader)
      const note = header ? (JSON.parse(header) as PulseNote) : undefined
      if (hearFrame(tracker, frame, note, clock()) === 'taken') onFrame?.(frame, note)
    },
  })
  return {
    now: () => beatNow(tracker, clock()),
    close: () => subscription.unsubscribe(),
  }
}
