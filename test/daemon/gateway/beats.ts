// Frames as a pulse sends them, for gateways in tests. At the slowest tempo a beat lasts ten minutes: no test outlasts one.

import { headers, type NatsConnection } from '@nats-io/nats-core'
import { barOf, beatMs, toWindowId } from '../../../src/core/beat.ts'
import { type BeatFrame, beatFrameType, type PulseNote, pulseHeader } from '../../../src/core/beat-frame.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { type Broker, type Running, request, until } from './running-gateway.ts'

export const cluster = 'test'
export const slowest_bpm = 0.1
export const beats_per_bar = 120

/** `late_ms` into the beat. */
export async function sendBeat(
  nc: NatsConnection,
  beat_index: number,
  { bpm = slowest_bpm, late_ms = 0, epoch = 1 }: { bpm?: number; late_ms?: number; epoch?: number } = {},
): Promise<void> {
  const { from_beat } = barOf(beat_index, beats_per_bar)
  const frame: BeatFrame = {
    type: beatFrameType,
    cluster_id: cluster,
    beat_index,
    downbeat: beat_index === from_beat,
    phase: 'plan',
    hlc: '0000:0000:0001',
    deadline_at: new Date(Date.now() - late_ms + beatMs(bpm) / 3).toISOString(),
    tempo_bpm: bpm,
    window_id: toWindowId(cluster, from_beat),
  }
  const note: PulseNote = { epoch, leader: 'pulse', beats_per_bar, late_ms }
  const header = headers()
  header.set(pulseHeader, JSON.stringify(note))
  nc.publish(backbeatSubjects(cluster).beat, JSON.stringify(frame), { headers: header })
  await nc.flush()
}

/** Resolves when the gateway has heard the beat. */
export async function beatUntilHeard(
  { nc }: Broker,
  { url }: Running,
  beat_index: number,
  options: Parameters<typeof sendBeat>[2] = {},
): Promise<void> {
  await until(async () => {
    await sendBeat(nc, beat_index, options)
    const status = await request(`${url}/api/v1/status`)
    return status.status === 200 && status.body.beat_index === beat_index
  }, `the gateway to hear of beat ${beat_index}`)
}

export const windowOf = (beat_index: number): string =>
  toWindowId(cluster, barOf(beat_index, beats_per_bar).from_beat)

/** A valid claim; undefined takes a field out. */
export const claimOf = (agent_id: string, beat_index: number, fields: object = {}) => ({
  type: 'backbeat.statusclaim.v1',
  agent_id,
  beat_index,
  state: 'executing',
  hlc: '7ffd:0001:beef',
  ...fields,
})
