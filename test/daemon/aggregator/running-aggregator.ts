// The real aggregator in this process, against a real broker; and a hand that writes stored events into the stream.

import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { pino } from 'pino'
import { connectBroker } from '../../../src/client/connect.ts'
import type { EventBody } from '../../../src/core/event.ts'
import { toEventLine } from '../../../src/core/event-line.ts'
import { toEventSubject } from '../../../src/core/subjects.ts'
import { runAggregator } from '../../../src/daemon/aggregator/aggregator.ts'
import type { ServiceContext, ServiceStats } from '../../../src/daemon/service.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'

export async function makeStreams(nc: NatsConnection): Promise<void> {
  const jsm = await jetstreamManager(nc)
  await ensureStreams(jsm, { max_bytes: 100_000_000, atomic: true, first_seq: 1, now_ms: Date.now() })
}

export type RunningAggregator = { stop(): Promise<void>; stats(): ServiceStats }

/** Resolves when it is ready. */
export async function startAggregator(url: string): Promise<RunningAggregator> {
  const end = new AbortController()
  let stats: ServiceStats = {}
  const ready = Promise.withResolvers<void>()
  const ran = runAggregator({
    name: 'aggregator',
    instance: 'aggregator',
    nats_url: url,
    log: pino({ level: 'silent' }),
    signal: end.signal,
    ready: ready.resolve,
    report: (given) => {
      stats = given
    },
    // It reads no settings and no files.
    home: undefined as unknown as ServiceContext['home'],
    config: undefined as unknown as ServiceContext['config'],
  })
  await Promise.race([ready.promise, ran])
  return {
    stats: () => stats,
    async stop() {
      end.abort()
      await ran
    },
  }
}

let count = 0

/** Writes one event as a gateway would. */
export async function writeEvent(nc: NatsConnection, body: EventBody): Promise<number> {
  const id = `id-${++count}`
  const line = toEventLine(body, { id, received_at_ms: Date.now(), hlc: '019f0123456a-0000-1234567' })
  return (await jetstream(nc).publish(toEventSubject(body.agent_id, 12), line)).seq
}

export const connectTest = (url: string): Promise<NatsConnection> => connectBroker({ url, name: 'test' })
