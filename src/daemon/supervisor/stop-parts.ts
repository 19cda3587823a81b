// The end of a daemon, in order: no more input, then everything flushed, then the broker.

import type { Logger } from 'pino'
import type { Parts } from './run-supervisor.ts'
import type { ServiceProcess } from './service-process.ts'

export const gateway_grace_ms = 10_000
/** The archiver gives up draining after 10 s; the rest is for its last flush. */
const archiver_grace_ms = 15_000
const broker_grace_ms = 10_000

/** Stops what there is, once: what it stopped is gone from `parts`. */
export async function stopParts(parts: Parts, hard: AbortSignal, log: Logger): Promise<void> {
  const { services, broker, watch } = parts
  delete parts.services
  delete parts.broker
  const kill = (): void => {
    log.warn('the flush is cut short')
    for (const service of services?.all() ?? []) service.kill()
  }
  if (hard.aborted) kill()
  hard.addEventListener('abort', kill, { once: true })
  if (services) {
    await stopAll(services.gateways(), gateway_grace_ms)
    await stopAll(
      [services.archiver, services.aggregator, services.pulse, services.historian],
      archiver_grace_ms,
    )
  }
  hard.removeEventListener('abort', kill)
  if (broker) {
    await broker.nc.close()
    await broker.supervised.stop(hard.aborted ? 1_000 : broker_grace_ms)
  }
  if (services || broker) watch?.stop()
}

const stopAll = async (services: ServiceProcess[], grace_ms: number): Promise<void> => {
  await Promise.all(services.map((service) => service.stop(grace_ms)))
}
