// A leader in a test's hand: publishes the frames that it is told to.

import { headers, type NatsConnection } from '@nats-io/nats-core'
import { barOf, beatMs, toWindowId } from '../../src/core/beat.ts'
import { type BeatFrame, beatFrameType, type PulseNote, pulseHeader } from '../../src/core/beat-frame.ts'
import { backbeatSubjects } from '../../src/core/pulse-document.ts'

export type FakePulse = {
  cluster_id: string
  beats_per_bar: number
  /** The frame of this beat, which begins now. */
  beat(index: number, bpm: number, over?: Partial<BeatFrame>, note?: Partial<PulseNote>): Promise<void>
  /** From now on says, when asked, that this beat has just begun. */
  answerStatus(index: number, bpm: number): Promise<void>
}

export function makeFakePulse(nc: NatsConnection, cluster_id = 'test', beats_per_bar = 4): FakePulse {
  return {
    cluster_id,
    beats_per_bar,
    async beat(index, bpm, over = {}, noted = {}) {
      const { from_beat } = barOf(index, beats_per_bar)
      const frame: BeatFrame = {
        type: beatFrameType,
        cluster_id,
        beat_index: index,
        downbeat: index === from_beat,
        phase: 'plan',
        hlc: '0000:0000:0001',
        deadline_at: new Date(Date.now() + beatMs(bpm) / 3).toISOString(),
        tempo_bpm: bpm,
        window_id: toWindowId(cluster_id, from_beat),
        ...over,
      }
      const note: PulseNote = { epoch: 1, leader: 'a', beats_per_bar, late_ms: 0, ...noted }
      const header = headers()
      header.set(pulseHeader, JSON.stringify(note))
      nc.publish(backbeatSubjects(cluster_id).beat, JSON.stringify(frame), { headers: header })
      await nc.flush()
    },
    async answerStatus(beat_index, bpm) {
      nc.subscribe(backbeatSubjects(cluster_id).status, {
        callback(_, message) {
          const at = new Date().toISOString()
          const known = {
            cluster_id,
            beat_index,
            beats_per_bar,
            tempo_bpm: bpm,
            leader: 'a',
            epoch: 1,
            degraded: false,
          }
          message.respond(JSON.stringify({ schema: 'beacon.pulse.v1', ...known, beat_at: at, at }))
        },
      })
      await nc.flush()
    },
  }
}
