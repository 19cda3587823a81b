// The supervisor of one home: what is started in which order, what is watched, and how it all ends.

import { randomBytes } from 'node:crypto'
import type { DaemonRecord } from '../../client/endpoints.ts'
import type { Config } from '../../core/config.ts'
import type { NatsServer } from '../broker/broker-process.ts'
import { hasLiveToken } from '../control/tokens.ts'
import type { Home } from '../home.ts'
import { type DaemonLog, openDaemonLog } from '../log.ts'
import { serveControl } from './control-endpoints.ts'
import { forkService } from './fork-service.ts'
import { assertBindAllowed, chooseHttp, toHostPort } from './http-address.ts'
import { clearLeftovers } from './leftovers.ts'
import { acquireLock } from './lock.ts'
import { type OpenBroker, openBroker } from './open-broker.ts'
import { prepareFolders } from './prepare-folders.ts'
import { prepareStreams, syncStreams } from './prepare-streams.ts'
import { type Phase, removeDaemonRecord, writeDaemonRecord } from './run-files.ts'
import { makeServiceProcess } from './service-process.ts'
import { makeServiceSet, type ServiceSet } from './service-set.ts'
import { type HttpDoor, startServices } from './start-services.ts'
import { gateway_grace_ms, stopParts } from './stop-parts.ts'
import { startWatch, type Watch } from './watch.ts'

export type SupervisorOptions = {
  home: Home
  config: Config
  /** Whether the user asked for this http address; the default one may give way to another home's Beacon. */
  http_explicit: boolean
  /** Null with an external NATS. */
  nats_server: NatsServer | null
  /** Beacon's own version. */
  version: string
  /** The sequence up to which an existing archive holds everything, 0 without one: a new stream begins behind it. */
  archiveCursorSeq(home: Home): Promise<number>
  /** For the processes of the services; from the sources, what makes Node read TypeScript. */
  exec_argv?: string[] | undefined
  /** A module with runGateway, runArchiver, runAggregator, runPulse, runHistorian instead of Beacon's own: tests. */
  service_module?: string | null | undefined
  /** Sees each log line: a terminal in the foreground. */
  echo?: ((line: string) => void) | undefined
  onReady?: ((record: DaemonRecord, notes: string[]) => void) | undefined
}

/** What runs by now, so that the end finds it whatever the start has reached. */
export type Parts = {
  phase: Phase
  broker?: OpenBroker
  services?: ServiceSet
  watch?: Watch
}

/**
 * Runs until `signal` aborts, then flushes and stops everything; `hard` cuts the flushing short. Throws a BeaconError when
 * the start fails; nothing is left running then.
 */
export async function runSupervisor(
  options: SupervisorOptions,
  signal: AbortSignal,
  hard: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { home, config } = options
  prepareFolders(home)
  const lock = await acquireLock(home.run)
  const log = openDaemonLog(home.logs, config.log_level, options.echo)
  const parts: Parts = { phase: 'starting' }
  const stopped = new AbortController()
  const ended = AbortSignal.any([signal, stopped.signal])
  const starting = start(options, parts, log, ended, () => stopped.abort())
  try {
    await Promise.race([starting, aborted(ended)])
    await aborted(ended)
    log.logger.info('stopping')
  } catch (error) {
    // Whoever cut the start short knows.
    if (!ended.aborted) {
      log.logger.fatal({ err: error }, 'the daemon did not start')
      throw error
    }
  } finally {
    parts.phase = 'stopping'
    parts.watch?.changed()
    await stopParts(parts, hard, log.logger)
    // A start that was cut short may have got one step further meanwhile.
    await starting.catch(() => {})
    await stopParts(parts, hard, log.logger)
    removeDaemonRecord(home.run)
    log.logger.info('stopped')
    log.close()
    lock.release()
  }
}

async function start(
  options: SupervisorOptions,
  parts: Parts,
  log: DaemonLog,
  signal: AbortSignal,
  stop: () => void,
): Promise<void> {
  const { home, config, version } = options
  const { logger } = log
  const began = performance.now()
  const step = (what: string): void => {
    logger.info({ after_ms: Math.round(performance.now() - began) }, what)
    signal.throwIfAborted()
  }
  step(`beacon ${version} starts in ${home.root}`)
  await clearLeftovers(home, logger)
  const door = await openDoor(options)
  const id = randomBytes(6).toString('hex')
  if (door.note) logger.warn(door.note)
  const given = door.config

  parts.watch = await startWatch(options, id, given, parts, logger)
  parts.services = makeServices(options, id, given, parts, log)
  const { services, watch } = parts
  // Their code loads while the broker starts.
  for (const service of services.all()) if (service !== services.historian) service.preload()
  parts.broker = await openBroker(options, logger, signal, watch.changed)
  const { broker } = parts
  step('the broker is up')
  await assertBindAllowed(door, () => hasLiveToken(broker.nc, Date.now()))
  await prepareStreams(options, broker)
  const control = await serveControl(
    broker.nc,
    { id, version },
    {
      status: watch.status,
      addGateway: async () => void (await services.addGateway()),
      removeGateway: async (instance) => void (await services.removeGateway(instance, gateway_grace_ms)),
      stop,
    },
  )
  void control.stopped.catch(() => {})
  const toRecord = (): DaemonRecord => ({
    schema: 'beacon.daemon.v1',
    version,
    id,
    pid: process.pid,
    http: given.http,
    nats: broker.address,
    profile: config.durability,
    cluster: config.cluster,
    started_at: watch.started_at,
  })
  writeDaemonRecord(home.run, toRecord())
  step('the streams are there')
  await startServices(options, services, door, logger)
  writeDaemonRecord(home.run, toRecord())
  await syncStreams(options, broker)
  parts.phase = 'running'
  watch.changed()
  step('ready')
  options.onReady?.(toRecord(), door.note ? [door.note] : [])
}

/** The address for this start, and the settings that carry it to the services. */
async function openDoor({
  config,
  http_explicit,
  home,
}: SupervisorOptions): Promise<HttpDoor & { config: Config }> {
  const choice = await chooseHttp(config.http, http_explicit, home.run)
  const given = { ...config, http: toHostPort(choice) }
  return {
    ...choice,
    config: given,
    move(to) {
      Object.assign(this, to)
      given.http = toHostPort(to)
    },
  }
}

function makeServices(
  options: SupervisorOptions,
  daemon_id: string,
  config: Config,
  parts: Parts,
  log: DaemonLog,
): ServiceSet {
  return makeServiceSet(config.gateways, (name, instance) =>
    makeServiceProcess({
      name,
      instance,
      module: options.service_module ?? null,
      needed: name !== 'historian',
      log: log.logger,
      fork: () => forkService(name, instance, options.exec_argv ?? process.execArgv, log),
      toStart: () => ({ daemon_id, home: options.home.root, config, nats_url: parts.broker?.url ?? '' }),
      onChange: () => parts.watch?.changed(),
    }),
  )
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
