// The real aggregator in this process, against a real broker; and a hand that writes stored events into the stream.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { pino } from 'pino'
import { connectBroker } from '../../../src/client/connect.ts'
import type { EventBody, EventKind } from '../../../src/core/event.ts'
import { toEventLine } from '../../../src/core/event-line.ts'
import { toEventSubject } from '../../../src/core/subjects.ts'
import { runAggregator } from '../../../src/daemon/aggregator/aggregator.ts'
import { runArchiver } from '../../../src/daemon/archive/archiver.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'
import type { Service, ServiceContext, ServiceStats } from '../../../src/daemon/service.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import type { FromService, ToService } from '../../../src/daemon/supervisor/messages.ts'
import { testConfig } from '../../kit/supervised-home.ts'

export async function makeStreams(nc: NatsConnection): Promise<void> {
  const jsm = await jetstreamManager(nc)
  await ensureStreams(jsm, { max_bytes: 100_000_000, atomic: true, first_seq: 1, now_ms: Date.now() })
}

export type RunningService = { stop(): Promise<void>; stats(): ServiceStats }
export type RunningAggregator = RunningService

/** Resolves when it is ready. Without a home it has one of its own, with nothing in it. */
export async function startAggregator(url: string, given?: Home): Promise<RunningAggregator> {
  const home = given ?? toHome(mkdtempSync(join(tmpdir(), 'beacon-aggregator-')))
  const running = await startService('aggregator', runAggregator, url, home)
  return {
    ...running,
    async stop() {
      await running.stop()
      if (!given) rmSync(home.root, { recursive: true, force: true })
    },
  }
}

export const startArchiver = (url: string, home: Home): Promise<RunningService> =>
  startService('archiver', runArchiver, url, home)

async function startService(
  name: ServiceContext['name'],
  run: Service,
  nats_url: string,
  home: Home,
): Promise<RunningService> {
  const end = new AbortController()
  let stats: ServiceStats = {}
  const ready = Promise.withResolvers<void>()
  const ran = run({
    name,
    instance: name,
    daemon_id: 'test',
    nats_url,
    log: pino({ level: 'silent' }),
    signal: end.signal,
    ready: ready.resolve,
    report: (given) => {
      stats = given
    },
    home,
    config: testConfig,
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

export type AggregatorProcess = { kill(): Promise<void>; stop(): Promise<void> }

/** As the supervisor runs it, in a process that can be killed. Resolves when it is ready. */
export async function startAggregatorProcess(nats_url: string, home: Home): Promise<AggregatorProcess> {
  const child = fork(serviceMain, ['aggregator'], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const say = (message: ToService): boolean => child.send(message)
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: FromService) => {
      if (message.type === 'ready') resolve()
    })
  })
  say({ type: 'load', name: 'aggregator', module: null })
  const { root } = home
  say({
    type: 'start',
    start: { instance: 'aggregator', daemon_id: 'test', home: root, config: testConfig, nats_url },
  })
  await Promise.race([ready, exited])
  const end = async (ask: () => void): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) ask()
    await exited
  }
  return { kill: () => end(() => child.kill('SIGKILL')), stop: () => end(() => say({ type: 'stop' })) }
}

const serviceMain = fileURLToPath(new URL('../../../src/daemon/service-main.ts', import.meta.url))

let count = 0

/** Writes one event as a gateway would. */
export async function writeEvent(nc: NatsConnection, body: EventBody, kind?: EventKind): Promise<number> {
  const id = `id-${++count}`
  const line = toEventLine(body, { id, received_at_ms: Date.now(), hlc: '019f0123456a-0000-1234567' }, kind)
  return (await jetstream(nc).publish(toEventSubject(body.agent_id, 12), line)).seq
}

export const connectTest = (url: string): Promise<NatsConnection> => connectBroker({ url, name: 'test' })
