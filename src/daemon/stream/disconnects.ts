// Tells who waits for an answer that the connection broke: it cannot come any more.

import type { NatsConnection } from '@nats-io/nats-core'

export type Disconnects = {
  /** Returns how to stop listening. */
  onDisconnect(listener: () => void): () => void
}

/** One watcher per connection: nats.js keeps each status iterator until the connection is closed. */
export function watchDisconnects(nc: NatsConnection): Disconnects {
  const listeners = new Set<() => void>()
  void (async () => {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect' || type === 'close') for (const listener of [...listeners]) listener()
    }
  })()
  return {
    onDisconnect(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
