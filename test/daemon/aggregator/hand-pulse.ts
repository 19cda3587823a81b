// A pulse by hand: frames as a leader would send them, when the test says so. At a tempo at which a beat takes ten minutes
// nobody's clock goes on by itself, so that nothing but these frames moves the bars.

import { headers, type NatsConnection } from '@nats-io/nats-core'
import { barOf, toWindowId } from '../../../src/core/beat.ts'
import { type BarTiming, type BeatFrame, beatFrameType, pulseHeader } from '../../../src/core/beat-frame.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'

export const cluster = 'beacon'
const slowest_bpm = 0.1

/** Sends the frame of this beat; `timing` is what a downbeat says of the bar before. */
export type SendBeat = (index: number, bpm?: number, timing?: Partial<BarTiming>) => Promise<void>

export const makeHandPulse =
  (nc: NatsConnection, beats_per_bar: number): SendBeat =>
  async (index, bpm = slowest_bpm, timing = {}) => {
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
      drift_ms: 0,
      leader_changes: 0,
    }
    const bar = downbeat && index > 0 ? { bar: { ...ended, ...timing } } : {}
    const header = headers()
    header.set(pulseHeader, JSON.stringify({ epoch: 1, leader: 'hand', beats_per_bar, late_ms: 0, ...bar }))
    nc.publish(backbeatSubjects(cluster).beat, JSON.stringify(frame), { headers: header })
    await nc.flush()
  }
