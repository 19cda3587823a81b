// The state of BEACON_EVENTS, asked in a short time: the JetStream client's own request waits 5 s for a broker that hangs.

import type { StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { eventsStream } from '../../core/subjects.ts'

export type ReadStream = () => Promise<Pick<StreamInfo, 'state' | 'config'>>

/** Rejects when the broker or the stream does not answer. */
export function makeReadStream(nc: NatsConnection, timeout_ms: number): ReadStream {
  return async () => {
    const reply = await nc.request(`$JS.API.STREAM.INFO.${eventsStream}`, '', { timeout: timeout_ms })
    const info = reply.json<StreamInfo & { error?: { description: string } }>()
    if (info.error) throw new Error(info.error.description)
    return info
  }
}
