// The real archiver and historian in this process, against a real broker; and a hand that writes stored events.

import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { pino } from 'pino'
import { connectBroker } from '../../../src/client/connect.ts'
import { type BarReport, barSubjects } from '../../../src/core/bar-report.ts'
import type { EventBody } from '../../../src/core/event.ts'
import { toEventLine } from '../../../src/core/event-line.ts'
import { toEventSubject } from '../../../src/core/subjects.ts'
import { runArchiver } from '../../../src/daemon/archive/archiver.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'
import { runHistorian } from '../../../src/daemon/historian/historian.ts'
import type { Home } from '../../../src/daemon/home.ts'
import type { Service, ServiceContext, ServiceStats } from '../../../src/daemon/service.ts'
import { watchDisconnects } from '../../../src/daemon/stream/disconnects.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import { makePublisher } from '../../../src/daemon/stream/publish-batch.ts'
import { testConfig } from '../../kit/supervised-home.ts'

export type Running = { stop(): Promise<void>; stats(): ServiceStats }

export type RunOptions = {
  home: Home
  url: string
  batch?: number
  flush_ms?: number
  log?: ServiceContext['log']
}

/** Start the archiver first: LMDB is opened in one mode per process, and the first one decides. */
export const startArchiver = (options: RunOptions): Promise<Running> =>
  start('archiver', runArchiver, options)
export const startHistorian = (options: RunOptions): Promise<Running> =>
  start('historian', runHistorian, options)

/** Resolves when it is ready. */
async function start(
  name: 'archiver' | 'historian',
  run: Service,
  { home, url, batch = 500, flush_ms = 50, log = pino({ level: 'silent' }) }: RunOptions,
): Promise<Running> {
  const end = new AbortController()
  let stats: ServiceStats = {}
  const ready = Promise.withResolvers<void>()
  const ran = run({
    name,
    instance: name,
    daemon_id: 'test',
    home,
    config: { ...testConfig, batch, flush_ms },
    nats_url: url,
    log,
    signal: end.signal,
    ready: ready.resolve,
    report: (given) => {
      stats = given
    },
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

export async function connectWithStreams(url: string): Promise<NatsConnection> {
  const nc = await connectBroker({ url, name: 'test' })
  const jsm = await jetstreamManager(nc)
  await ensureStreams(jsm, { max_bytes: 512 * 1024 * 1024, atomic: true, first_seq: 1, now_ms: Date.now() })
  return nc
}

let count = 0

/** Writes one event as a gateway would; resolves to its sequence when it is stored. */
export async function writeEvent(
  nc: NatsConnection,
  body: EventBody,
  received_at_ms = Date.now(),
): Promise<number> {
  return (await jetstream(nc).publish(toEventSubject(body.agent_id, 12), toLine(body, received_at_ms))).seq
}

/** At most 1,000 at once, in one atomic batch. */
export async function writeEvents(nc: NatsConnection, bodies: EventBody[]): Promise<void> {
  const disconnects = watchDisconnects(nc)
  const publisher = makePublisher({ nc, disconnects, id: `test-${++count}`, ack_timeout_ms: 20_000 })
  const { failure } = await publisher.publishBatch(
    bodies.map((body) => {
      const line = toLine(body, Date.now())
      return { subject: toEventSubject(body.agent_id, 12), line, bytes: Buffer.byteLength(line) }
    }),
  )
  publisher.close()
  if (failure) throw new Error(failure.detail)
}

/** As an aggregator stores it, but for the number by which the broker knows it again. */
export async function writeReport(nc: NatsConnection, report: BarReport): Promise<number> {
  const subject = `${barSubjects.stored}.${report.cluster_id}`
  return (await jetstream(nc).publish(subject, JSON.stringify(report))).seq
}

export async function writeClaim(nc: NatsConnection, { agent_id, line }: StreamEvent): Promise<number> {
  return (await jetstream(nc).publish(toEventSubject(agent_id, 12), line)).seq
}

const toLine = (body: EventBody, received_at_ms: number): string =>
  toEventLine(body, { id: `id-${++count}`, received_at_ms, hlc: '019f0123456a-0000-1234567' })
