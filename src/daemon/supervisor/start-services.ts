// Lets the services of a daemon work, in the order that keeps the numbering safe.

import type { Logger } from 'pino'
import { BeaconError } from '../../core/errors.ts'
import { chooseHttp, type HttpChoice, portTaken } from './http-address.ts'
import type { SupervisorOptions } from './run-supervisor.ts'
import type { ServiceSet } from './service-set.ts'

export type HttpDoor = HttpChoice & {
  /** Tells the services another address. */
  move(to: HttpChoice): void
}

/**
 * Resolves when all that the daemon needs are ready. The archiver brings archive and stream to one numbering, so nothing
 * is accepted before. The historian comes last, and nobody waits for it.
 */
export async function startServices(
  { config, http_explicit, home }: SupervisorOptions,
  services: ServiceSet,
  door: HttpDoor,
  log: Logger,
): Promise<void> {
  await services.archiver.start()
  const others = Promise.all([services.aggregator.start(), services.pulse.start()])
  // Awaited below; until then a failure is no bug of the process.
  others.catch(() => {})
  try {
    await startGateways(services)
  } catch (error) {
    if (!isPortTaken(error)) throw error
    if (http_explicit) throw portTaken(door)
    // Another home's Beacon that started at the same time was faster; it answers by now.
    const moved = await chooseHttp(config.http, false, home.run)
    log.warn(moved.note ?? 'the port was taken for a moment')
    door.move(moved)
    await services.renewGateways()
    await startGateways(services).catch((again: unknown) => {
      throw isPortTaken(again) ? portTaken(moved) : again
    })
  }
  await others
  // It only fails by being stopped.
  services.historian.start().catch(() => {})
}

const startGateways = async (services: ServiceSet): Promise<void> => {
  await Promise.all(services.gateways().map((gateway) => gateway.start()))
}

const isPortTaken = (error: unknown): boolean => error instanceof BeaconError && error.code === 'port_taken'
