// The subscribers of `beacon bench pulse`: a thread of its own that hears every frame on each subscription, and the reports.

import { parentPort, workerData } from 'node:worker_threads'
import { connectBroker } from '../client/connect.ts'
import { inboxPrefix } from '../client/endpoints.ts'
import type { BarReport } from '../core/bar-report.ts'
import { beatMs } from '../core/beat.ts'
import { type BeatFrame, type PulseNote, pulseHeader } from '../core/beat-frame.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'

export type ListenerData = { url: string; cluster: string; connections: number; subscriptions: number }

/** What was heard since the last question. Times in milliseconds. */
export type Heard = {
  /** From the sending of a frame to each subscription. */
  deliveries_ms: number[]
  /** Of each frame: sent − scheduled. */
  jitters_ms: number[]
  /** As the first subscription heard them, by a clock that never goes back. */
  beats: { beat_index: number; at_ms: number; tempo_bpm: number }[]
  /** First reports of bars: heard − downbeat. */
  reports: { from_beat: number; agents_reporting: number; latency_ms: number }[]
}

const { url, cluster, connections, subscriptions } = workerData as ListenerData
const subjects = backbeatSubjects(cluster)
const nothing = (): Heard => ({ deliveries_ms: [], jitters_ms: [], beats: [], reports: [] })
let heard = nothing()
/** When the last beat heard of was to start. */
let last = { beat_index: 0, starts_ms: 0, tempo_bpm: 120 }

const clients = await Promise.all(
  Array.from({ length: connections }, (_, i) =>
    connectBroker({ url, name: `bench-listener-${i}`, inbox_prefix: inboxPrefix('service') }),
  ),
)
for (let i = 0; i < subscriptions; i++) {
  clients[i % connections]?.subscribe(subjects.beat, {
    callback(error, message) {
      const now_ms = Date.now()
      if (error) return
      const { beat_index, tempo_bpm, deadline_at } = message.json<BeatFrame>()
      const starts_ms = Date.parse(deadline_at) - beatMs(tempo_bpm) / 3
      const { late_ms } = JSON.parse(message.headers?.get(pulseHeader) ?? '{"late_ms":0}') as PulseNote
      heard.deliveries_ms.push(Math.max(0, now_ms - starts_ms - late_ms))
      if (i > 0) return
      last = { beat_index, starts_ms, tempo_bpm }
      heard.jitters_ms.push(late_ms)
      heard.beats.push({ beat_index, at_ms: performance.now(), tempo_bpm })
    },
  })
}
clients[0]?.subscribe(subjects.bar, {
  callback(error, message) {
    const now_ms = Date.now()
    if (error) return
    const { revision, from_beat, to_beat, agents_reporting } = message.json<BarReport>()
    if (revision > 0) return
    const downbeat_ms = last.starts_ms + (to_beat + 1 - last.beat_index) * beatMs(last.tempo_bpm)
    heard.reports.push({ from_beat, agents_reporting, latency_ms: now_ms - downbeat_ms })
  },
})
await Promise.all(clients.map((client) => client.flush()))
parentPort?.on('message', () => {
  parentPort?.postMessage(heard)
  heard = nothing()
})
parentPort?.postMessage('ready')
