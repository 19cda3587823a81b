// Tells the aggregator that this gateway cannot store heartbeats: their agents called in, and must not be accused of silence.

import type { NatsConnection } from '@nats-io/nats-core'
import { commandSubjects } from '../../core/order.ts'
import type { Lanes } from '../gateway/lanes.ts'

export type Deafness = {
  /** A heartbeat was not stored. */
  failed(): void
  close(): void
}

const tell_ms = 500

/** The lanes open for a moment at each trial while a stream is full, so what failed since the last look counts as well. */
export function watchDeafness(nc: NatsConnection, lanes: Pick<Lanes, 'blocked'>): Deafness {
  let failures = 0
  const timer = setInterval(() => {
    if ((failures > 0 || lanes.blocked() !== undefined) && !nc.isClosed())
      nc.publish(commandSubjects.deaf, JSON.stringify({ failures }))
    failures = 0
  }, tell_ms)
  timer.unref()
  return {
    failed() {
      failures++
    },
    close: () => clearInterval(timer),
  }
}
