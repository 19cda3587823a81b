// A pulse by hand: frames as a leader would send them, when the test says so. At a tempo at which a beat takes ten minutes
// nobody's clock goes on by itself, so that nothing but these frames moves the bars.

import { headers, type NatsConnection } from '@nats-io/nats-core'
import { barOf, toWindowId } from '../../../src/core/beat.ts'
import { type BarTiming, type BeatFrame, beatFrameType, pulseHeader } from '../../../src/core/beat-frame.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import type { ClaimState, ClaimVerdict } from '../../../src/core/status-claim.ts'
import { writeEvent } from './running-aggregator.ts'

export const cluster = 'beacon'
export const slowest_bpm = 0.1

export type HandPulse = {
  beats_per_bar: number
  /** Sends the frame of this beat. */
  beat(index: number, timing?: Partial<BarTiming>, bpm?: number): Promise<void>
}

export function makeHandPulse(nc: NatsConnection, beats_per_bar: number): HandPulse {
  return {
    beats_per_bar,
    async beat(index, timing = {}, bpm = slowest_bpm) {
      const { from_beat } = barOf(index, beats_per_bar)
      const downbeat = index === from_beat
      const frame: BeatFrame = {
        type: beatFrameType,
        cluster_id: cluster,
        beat_index: index,
        downbeat,
        phase: 'plan',
        hlc: '0000:0000:0001',
        deadline_at: new Date(Date.now() + 60_000 / bpm / 3).toISOString(),
        tempo_bpm: bpm,
        window_id: toWindowId(cluster, from_beat),
      }
      const ended = {
        from_beat: from_beat - beats_per_bar,
        beats: beats_per_bar,
        drift_ms: 0.5,
        leader_changes: 0,
      }
      const bar = downbeat && index > 0 ? { bar: { ...ended, ...timing } } : {}
      const note = headers()
      note.set(pulseHeader, JSON.stringify({ epoch: 1, leader: 'hand', beats_per_bar, late_ms: 0, ...bar }))
      nc.publish(backbeatSubjects(cluster).beat, JSON.stringify(frame), { headers: note })
      await nc.flush()
    },
  }
}

/** Stores a claim as a gateway would have, with the verdict of its door. */
export function writeClaim(
  nc: NatsConnection,
  agent_id: string,
  beat_index: number,
  {
    state = 'executing',
    beats_per_bar,
    ...verdict
  }: Partial<ClaimVerdict> & { state?: ClaimState; beats_per_bar: number },
): Promise<number> {
  const bounds = barOf(beat_index, beats_per_bar)
  const window_id = toWindowId(cluster, bounds.from_beat)
  const metadata = {
    beat_index,
    hlc: '0000:0000:0001',
    window_id,
    ...bounds,
    on_time: true,
    late: false,
    ...verdict,
  }
  return writeEvent(nc, { agent_id, status: state, metadata }, 'claim')
}
