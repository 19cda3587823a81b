// Small real services for the tests of the supervisor: they listen, connect, report, and write down how they ended.

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connectBroker } from '../../src/client/connect.ts'
import { BeaconError } from '../../src/core/errors.ts'
import type { Service, ServiceContext } from '../../src/daemon/service.ts'

/** Answers like a gateway where the supervisor looks. `GET /slow` takes its time, `GET /pid` says who answers. */
export const runGateway: Service = async (context) => {
  const nc = await connect(context)
  const at = context.config.http.lastIndexOf(':')
  const server = createServer((request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('slow answer'), 500)
    else if (request.url === '/health') response.end(JSON.stringify({ service: 'beacon-gateway' }))
    else response.end(JSON.stringify({ ready: true, pid: process.pid }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(
      { host: context.config.http.slice(0, at), port: Number(context.config.http.slice(at + 1)) },
      resolve,
    )
  })
  await work(context, {})
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeIdleConnections()
  })
  await end(context, nc)
}

/** Claims to have archived whatever the stream held when it started. Some cluster names make it behave badly. */
export const runArchiver: Service = async (context) => {
  if (context.config.cluster === 'broken-archive')
    throw new BeaconError('archive_damaged', 'a block is broken', { hint: 'a hint of the archiver' })
  if (context.config.cluster === 'bug') throw new TypeError('a bug in the archiver')
  // Somebody takes the port in the moment between the supervisor's look and the gateway.
  if (context.config.cluster === 'rival') await takePort(context.config.http, '{"service":"beacon-gateway"}')
  if (context.config.cluster === 'stranger') await takePort(context.config.http, 'hello')
  const nc = await connect(context)
  const jsm = await jetstreamManager(nc, { checkAPI: false })
  const { state } = await jsm.streams.info('BEACON_EVENTS')
  const archived = { archived_total: state.last_seq, duplicate_total: 0, quarantined_total: 0 }
  await work(context, { ...archived, cursor_seq: state.last_seq, baseline_seq: 0 })
  if (context.config.cluster === 'endless') await sleep(60_000)
  await end(context, nc)
}

export const runAggregator: Service = async (context) => {
  const nc = await connect(context)
  await work(context, { agents: 0 })
  await end(context, nc)
}

export const runPulse: Service = async (context) => {
  const nc = await connect(context)
  await work(context, {})
  await end(context, nc)
}

export const runHistorian: Service = async (context) => {
  if (context.config.cluster === 'no-past') throw new TypeError('a bug in the historian')
  const nc = await connect(context)
  await work(context, {})
  await end(context, nc)
}

async function takePort(http: string, answer: string): Promise<void> {
  const rival = createServer((_, response) => response.end(answer))
  await new Promise<void>((resolve) => rival.listen(Number(http.split(':')[1]), '127.0.0.1', resolve))
  rival.unref()
}

const connect = ({ nats_url, instance }: ServiceContext): Promise<NatsConnection> =>
  connectBroker({ url: nats_url, name: instance })

/** Ready, then a report at once and each second, until the signal. */
async function work({ signal, ready, report }: ServiceContext, stats: Record<string, number>): Promise<void> {
  ready()
  report(stats)
  const timer = setInterval(() => report(stats), 1_000)
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  clearInterval(timer)
}

/** What a flush needs is the broker; whether it was still there stands in the file. */
async function end({ home, instance }: ServiceContext, nc: NatsConnection): Promise<void> {
  const broker = await nc.flush().then(
    () => 'up',
    () => 'away',
  )
  appendFileSync(join(home.root, 'ends'), `${instance} ended, broker ${broker}\n`)
  await nc.close()
}
