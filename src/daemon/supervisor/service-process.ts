// One service as a child process: started, watched, started again after a wait that doubles.

import type { ChildProcess } from 'node:child_process'
import type { Logger } from 'pino'
import { BeaconError, type Problem } from '../../core/errors.ts'
import type { ServiceState } from '../../core/status.ts'
import type { ServiceName, ServiceStats } from '../service.ts'
import { type Backoff, nextBackoff, noFailures } from './backoff.ts'
import type { FromService, ServiceStart, ToService } from './messages.ts'

/** A service that has reported nothing for so long is shown as degraded. It is not killed: it may only be stopped. */
const silent_ms = 5_000
/** Ends without a known reason that a service may have before the daemon gives up its start. */
const tries_at_start = 3

export type ServiceProcess = {
  readonly name: ServiceName
  readonly instance: string
  /** Makes the process and lets it load its code. */
  preload(): void
  /** Lets it work. Resolves when it is ready for the first time; rejects when it cannot get there. */
  start(): Promise<void>
  /** Asks it to flush and end; after `grace_ms` it is killed. */
  stop(grace_ms: number): Promise<void>
  kill(): void
  snapshot(): ServiceSnapshot
}

export type ServiceSnapshot = {
  name: ServiceName
  instance: string
  state: ServiceState
  pid: number | null
  uptime_s: number
  restarts: number
  last_exit: string | null
  stats: ServiceStats
}

export type ServiceProcessOptions = {
  name: ServiceName
  instance: string
  /** Module to load instead of the service's own: tests. */
  module: string | null
  /** The start of the daemon waits for it, and fails when it cannot get ready; otherwise it is tried for ever. */
  needed: boolean
  fork(instance: string): ChildProcess
  /** What the service is told; asked at each start, since addresses may have changed. */
  toStart(): Omit<ServiceStart, 'instance'>
  onChange(): void
  log: Logger
}

export function makeServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { name, instance, log, onChange } = options
  let child: ChildProcess | undefined
  let state: ServiceState = 'starting'
  let born = 0
  let heard = 0
  let restarts = 0
  let backoff: Backoff = noFailures
  let lastExit: string | null = null
  let lastWords: Problem | undefined
  let stats: ServiceStats = {}
  let stopping = false
  let started = false
  let retry: NodeJS.Timeout | undefined
  const first = Promise.withResolvers<void>()
  let settled = false
  // Nobody may be waiting when it fails.
  first.promise.catch(() => {})

  const become = (next: ServiceState): void => {
    if (state === next) return
    state = next
    onChange()
  }

  const tell = (message: ToService): void => {
    if (child?.connected) child.send(message, () => {})
  }

  const preload = (): void => {
    born = performance.now()
    lastWords = undefined
    const process = options.fork(instance)
    child = process
    process.on('message', (message: FromService) => hear(message))
    process.once('error', (error) => log.error({ of: instance, err: error }, 'the process cannot be run'))
    process.once('exit', (code, signal) => ended(signal ? `ended by ${signal}` : `ended with code ${code}`))
    tell({ type: 'load', name, module: options.module })
    if (started) tell({ type: 'start', start: { instance, ...options.toStart() } })
    onChange()
  }

  const hear = (message: FromService): void => {
    heard = performance.now()
    if (message.type === 'stats') stats = message.stats
    else if (message.type === 'failed') lastWords = message.problem
    else if (message.type === 'ready') {
      log.info({ of: instance, pid: child?.pid, after_ms: Math.round(heard - born) }, 'the service is ready')
      settled = true
      first.resolve()
      become('up')
    }
    if (state === 'degraded') become('up')
  }

  const ended = (how: string): void => {
    child = undefined
    stats = {}
    if (stopping) {
      become('stopped')
      return
    }
    lastExit = lastWords ? `${how}: ${lastWords.title}: ${lastWords.detail.split('\n')[0]}` : how
    const next = nextBackoff(backoff, performance.now() - born)
    backoff = next.state
    log.error({ of: instance, last_exit: lastExit, again_in_ms: next.wait_ms }, 'the service ended')
    if (!settled && givesUp()) {
      settled = true
      state = 'stopped'
      first.reject(toFailure())
      onChange()
      return
    }
    become('backoff')
    retry = setTimeout(() => {
      restarts++
      state = 'starting'
      preload()
    }, next.wait_ms)
  }

  const givesUp = (): boolean =>
    options.needed &&
    started &&
    ((lastWords !== undefined && lastWords.code !== 'internal') || backoff.failures >= tries_at_start)

  const toFailure = (): BeaconError =>
    lastWords && lastWords.code !== 'internal'
      ? new BeaconError(lastWords.code, lastWords.detail, { hint: lastWords.hint })
      : new BeaconError('daemon_failed', `${instance} ${lastExit}`)

  return {
    name,
    instance,
    preload,
    start() {
      started = true
      if (!child && !retry) preload()
      else tell({ type: 'start', start: { instance, ...options.toStart() } })
      return first.promise
    },
    async stop(grace_ms) {
      stopping = true
      clearTimeout(retry)
      first.reject(new BeaconError('daemon_failed', `${instance} was stopped before it was ready`))
      const running = child
      if (!running) {
        become('stopped')
        return
      }
      const gone = new Promise((resolve) => running.once('exit', resolve))
      tell({ type: 'stop' })
      const timer = setTimeout(() => {
        log.error({ of: instance, grace_ms }, 'the service did not end in time and is killed')
        running.kill('SIGKILL')
      }, grace_ms)
      await gone
      clearTimeout(timer)
    },
    kill() {
      stopping = true
      clearTimeout(retry)
      child?.kill('SIGKILL')
    },
    snapshot() {
      if (state === 'up' && performance.now() - heard > silent_ms) state = 'degraded'
      return {
        name,
        instance,
        state,
        pid: child?.pid ?? null,
        uptime_s: child ? Math.floor((performance.now() - born) / 1000) : 0,
        restarts,
        last_exit: lastExit,
        stats,
      }
    },
  }
}
