// The live streams of a gateway: how many there may be, and their end when the gateway stops.

import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError } from '../../core/errors.ts'
import { LiveStream, type StreamClient, type StreamSettings } from './live-stream.ts'
import type { StreamCounts } from './stream-counts.ts'

export type LiveStreams = {
  /** Throws overloaded when there are as many clients as there may be. */
  admit(): void
  /** Throws like `admit`. The first message comes later, never during the call. */
  open(where: string, client: StreamClient): LiveStream
  /** Ends all of them at once. */
  end(reason: string): void
}

export function makeLiveStreams({
  nc,
  inbox_prefix,
  clients_max,
  counts,
  settings,
}: {
  nc: NatsConnection
  inbox_prefix: string
  clients_max: number
  counts: StreamCounts
  settings: StreamSettings
}): LiveStreams {
  const open = new Set<LiveStream>()
  const admit = (): void => {
    if (open.size < clients_max) return
    throw new BeaconError('overloaded', `this gateway has ${clients_max} live streams already`, {
      hint: 'Close a stream, or start another gateway with `beacon gateway add`.',
    })
  }
  return {
    admit,
    open(where, client) {
      admit()
      const stream = new LiveStream({
        nc,
        inbox_prefix,
        where,
        client,
        counts,
        settings,
        onClose() {
          open.delete(stream)
          counts.onClients(open.size)
        },
      })
      open.add(stream)
      counts.onClients(open.size)
      return stream
    },
    end(reason) {
      for (const stream of [...open]) stream.end(reason)
    },
  }
}
