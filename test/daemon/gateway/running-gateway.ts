// A gateway as the daemon runs it, in this process, against a real broker: for the tests of its doors.

import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { pino } from 'pino'
import { connectBroker } from '../../../src/client/connect.ts'
import type { Config } from '../../../src/core/config.ts'
import { parseEventLine } from '../../../src/core/event-line.ts'
import { eventsStream } from '../../../src/core/subjects.ts'
import { type GatewaySettings, gatewayDefaults, runGatewayWith } from '../../../src/daemon/gateway/gateway.ts'
import { toHome } from '../../../src/daemon/home.ts'
import type { ServiceStats } from '../../../src/daemon/service.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'

export type Broker = { nats: TestNats; nc: NatsConnection; jsm: JetStreamManager; stop(): Promise<void> }

export async function startBroker(
  options: { max_bytes?: number; atomic?: boolean; dir?: string; port?: number } = {},
): Promise<Broker> {
  const nats = await startNats({
    sync: '100ms',
    ...(options.dir ? { dir: options.dir } : {}),
    ...(options.port ? { port: options.port } : {}),
  })
  const nc = await connectBroker({ url: nats.url, name: 'test' })
  const jsm = await jetstreamManager(nc)
  await ensureStreams(jsm, {
    max_bytes: options.max_bytes ?? 2 ** 30,
    atomic: options.atomic ?? true,
    first_seq: 1,
    now_ms: Date.now(),
  })
  const stop = async () => {
    await nc.close()
    await nats.stop()
  }
  return { nats, nc, jsm, stop }
}

/** The broker goes on with SIGCONT. A signal takes effect some time after it was sent. */
export async function freeze({ nats: { child } }: Broker): Promise<void> {
  child.kill('SIGSTOP')
  const state = () => execFileSync('ps', ['-o', 'stat=', '-p', String(child.pid)], { encoding: 'utf8' })
  await until(() => state().startsWith('T'), 'the broker to stand still')
}

export type Running = {
  url: string
  stats(): ServiceStats
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Answered>
  stop(): Promise<void>
  /** Rejects when the service fails. */
  done: Promise<void>
}

export type Answered = {
  status: number
  type: string
  retry_after: string | null
  connection: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents whose shape they check.
  body: any
}

export const config: Config = {
  http: '127.0.0.1:0',
  durability: 'durable',
  gateways: 1,
  partitions: 12,
  lanes: 2,
  batch: 500,
  flush_ms: 2_000,
  retention_ms: 30 * 86_400_000,
  max_bytes: 2 ** 30,
  cluster: 'test',
  tempo_bpm: 120,
  beats_per_bar: 120,
  nats: null,
  auth: 'local',
  redact: [],
  log_level: 'warn',
}

export async function startGateway(
  nats_url: string,
  changes: Partial<Config> & { instance?: string } = {},
  settings: Partial<GatewaySettings> = {},
): Promise<Running> {
  const http = changes.http ?? `127.0.0.1:${await freePort()}`
  const stopping = new AbortController()
  let stats: ServiceStats = {}
  let ready = () => {}
  const started = new Promise<void>((resolve) => {
    ready = resolve
  })
  const done = runGatewayWith(
    { ...gatewayDefaults, ...settings },
    {
      name: 'gateway',
      instance: changes.instance ?? 'gateway-1',
      daemon_id: 'test',
      home: toHome('unused'),
      config: { ...config, ...changes, http },
      nats_url,
      log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
      signal: stopping.signal,
      ready,
      report: (next) => {
        stats = next
      },
    },
  )
  await Promise.race([started, done])
  const url = `http://${http}`
  return {
    url,
    done,
    stats: () => stats,
    post: (body, headers = { 'content-type': 'application/json' }) =>
      request(`${url}/ingest/state`, { method: 'POST', body, headers }),
    async stop() {
      stopping.abort()
      await done
    },
  }
}

export async function request(
  url: string,
  init: { method?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const { body, ...rest } = init
  const response = await fetch(url, {
    ...rest,
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    connection: response.headers.get('connection'),
    retry_after: response.headers.get('retry-after'),
    body: type.includes('json') ? JSON.parse(text) : text,
  }
}

/** Every event in the stream, in order. */
export async function readEvents(broker: Broker) {
  return (await readMessages(broker))
    .filter(({ subject }) => subject.startsWith('beacon.ev.'))
    .map(({ seq, subject, text }) => ({ ...parseEventLine(text, seq), subject }))
}

export async function readMessages({ nc, jsm }: Broker) {
  const { state } = await jsm.streams.info(eventsStream)
  const messages: { seq: number; subject: string; text: string }[] = []
  if (state.messages === 0) return messages
  const consumer = await jetstream(nc).consumers.get(eventsStream)
  for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 10_000 })) {
    messages.push({ seq: message.seq, subject: message.subject, text: message.string() })
  }
  return messages
}

export async function until<T>(read: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  for (let i = 0; i < 1_500; i++) {
    const value = await read()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`waited 15 s in vain for ${what}`)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
