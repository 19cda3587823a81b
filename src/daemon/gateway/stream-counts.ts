// What the live streams of a gateway count.

import { Counter, Gauge, type Registry } from 'prom-client'
import type { ServiceStats } from '../service.ts'

export type StreamCounts = {
  /** Number of clients, after one came or went. */
  onClients(count: number): void
  onMessage(): void
  onCoalesced(batches: number): void
  snapshot(): ServiceStats
}

export function makeStreamCounts(registry: Registry): StreamCounts {
  const registers = [registry]
  const clients = new Gauge({
    name: 'beacon_stream_clients',
    help: 'Clients of the live stream, over SSE and WebSocket.',
    registers,
  })
  const messages = new Counter({
    name: 'beacon_stream_messages_total',
    help: 'Messages that clients of the live stream have taken.',
    registers,
  })
  const coalesced = new Counter({
    name: 'beacon_stream_coalesced_total',
    help: 'Batches of changes merged into later ones for clients that did not keep up.',
    registers,
  })
  const totals = { streams: 0, stream_messages_total: 0, stream_coalesced_total: 0 }
  return {
    onClients(count) {
      totals.streams = count
      clients.set(count)
    },
    onMessage() {
      totals.stream_messages_total++
      messages.inc()
    },
    onCoalesced(batches) {
      totals.stream_coalesced_total += batches
      if (batches > 0) coalesced.inc(batches)
    },
    snapshot: () => ({ ...totals }),
  }
}
