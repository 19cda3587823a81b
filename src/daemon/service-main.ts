// The entry of a service's process: waits for the supervisor's orders, runs one service, and ends with it.

import cluster from 'node:cluster'
import { pino } from 'pino'
import { BeaconError, toProblem } from '../core/errors.ts'
import { toHome } from './home.ts'
import type { Service, ServiceName } from './service.ts'
import type { FromService, ServiceStart, ToService } from './supervisor/messages.ts'

/** Imported on demand: a process loads only the service that it runs. */
const services: Record<ServiceName, () => Promise<Service>> = {
  gateway: async () => (await import('./gateway/gateway.ts')).runGateway,
  archiver: async () => (await import('./archive/archiver.ts')).runArchiver,
  aggregator: async () => (await import('./aggregator/aggregator.ts')).runAggregator,
  pulse: async () => (await import('./pulse/pulse.ts')).runPulse,
  historian: async () => (await import('./historian/historian.ts')).runHistorian,
}

/** How long a service may flush when its supervisor is gone. */
const flush_ms = 15_000

const stopping = new AbortController()
let loaded: { name: ServiceName; service: Promise<Service> } | undefined
let running = false

process.on('message', (message: ToService) => {
  if (message.type === 'load') {
    const service = load(message.name, message.module)
    // What fails here is told when the service is to start.
    service.catch(() => {})
    loaded = { name: message.name, service }
  } else if (message.type === 'start' && loaded) {
    running = true
    void run(loaded.name, loaded.service, message.start)
  } else if (message.type === 'stop') stop()
})
// The supervisor decides when a service ends: a Ctrl-C in the terminal reaches the whole process group.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('SIGTERM', stop)
process.on('disconnect', stop)
// A cluster worker would otherwise exit at once when its primary is gone, with answers still owed.
if (cluster.worker) cluster.worker.exitedAfterDisconnect = true

function stop(): void {
  if (!running) process.exit(0)
  stopping.abort()
  if (!process.connected) setTimeout(() => process.exit(1), flush_ms).unref()
}

async function load(name: ServiceName, module: string | null): Promise<Service> {
  if (module === null) return await services[name]()
  const exports = (await import(module)) as Record<string, Service>
  const service = exports[`run${name[0]?.toUpperCase()}${name.slice(1)}`]
  if (!service) throw new Error(`${module} exports no service ${name}`)
  return service
}

async function run(name: ServiceName, loading: Promise<Service>, start: ServiceStart): Promise<void> {
  process.title = `beacon-${start.instance}`
  const destination = pino.destination({ fd: 1, sync: false })
  // Nobody reads when the supervisor is gone; the flush goes on all the same.
  destination.on('error', () => {})
  const log = pino({ level: start.config.log_level, base: { instance: start.instance } }, destination)
  const end = (error?: unknown): void => {
    if (error) log.error({ err: error }, 'the service failed')
    try {
      destination.flushSync()
    } catch {
      // The other end of the pipe is gone.
    }
    if (error) send({ type: 'failed', problem: toProblem(toKnown(error)) }, () => process.exit(1))
    else process.exit(0)
  }
  process.once('uncaughtException', end)
  try {
    const service = await loading
    await service({
      name,
      instance: start.instance,
      daemon_id: start.daemon_id,
      home: toHome(start.home),
      config: start.config,
      nats_url: start.nats_url,
      log,
      signal: stopping.signal,
      ready: () => send({ type: 'ready' }),
      report: (stats) => send({ type: 'stats', stats }),
    })
    end()
  } catch (error) {
    end(error ?? new Error('the service threw nothing'))
  }
}

function toKnown(error: unknown): BeaconError {
  if (error instanceof BeaconError) return error
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return new BeaconError('port_taken', (error as Error).message)
  return new BeaconError('internal', error instanceof Error ? (error.stack ?? error.message) : String(error))
}

function send(message: FromService, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent)
  else sent()
}
