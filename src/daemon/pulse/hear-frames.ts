// Each frame on a cluster's beat, whoever sent it.

import type { NatsConnection, Subscription } from '@nats-io/nats-core'
import { type BeatFrame, beatFrameType, type PulseNote, pulseHeader } from '../../core/beat-frame.ts'
import { backbeatSubjects } from '../../core/pulse-document.ts'

/** What is no frame is left out: on a NATS of others anybody may publish there. */
export function hearFrames(
  nc: NatsConnection,
  cluster_id: string,
  onFrame: (frame: BeatFrame, note: PulseNote | undefined) => void,
): Subscription {
  return nc.subscribe(backbeatSubjects(cluster_id).beat, {
    callback(error, message) {
      if (error) return
      const frame = parse<BeatFrame>(message.string())
      if (frame?.type !== beatFrameType || !Number.isSafeInteger(frame.beat_index)) return
      onFrame(frame, parse<PulseNote>(message.headers?.get(pulseHeader) ?? ''))
    },
  })
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
