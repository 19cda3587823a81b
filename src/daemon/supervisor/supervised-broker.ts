// The nats-server as the supervisor sees it: kept running on one port, or an external one that is only looked at.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import type { ServiceState } from '../../core/status.ts'
import { type Broker, type BrokerOptions, startBroker } from '../broker/broker-process.ts'
import { type Backoff, nextBackoff, noFailures } from './backoff.ts'
import { type ProcessId, startTime } from './process-table.ts'

export type SupervisedBroker = {
  readonly external: boolean
  /** `host:port` */
  readonly address: string
  snapshot(): BrokerSnapshot
  process(): ProcessId | undefined
  stop(grace_ms: number): Promise<void>
  /** Ends the process, which is then started again; null for an external one. */
  restart: (() => void) | null
}

export type BrokerSnapshot = {
  state: ServiceState
  pid: number | null
  uptime_s: number
  restarts: number
  last_exit: string | null
}

export function externalBroker(address: string, nc: NatsConnection): SupervisedBroker {
  let connected = true
  void (async () => {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect') connected = false
      if (type === 'reconnect') connected = true
    }
  })()
  return {
    external: true,
    address,
    snapshot: () => ({
      state: connected ? 'up' : 'degraded',
      pid: null,
      uptime_s: 0,
      restarts: 0,
      last_exit: null,
    }),
    process: () => undefined,
    stop: async () => {},
    restart: null,
  }
}

/** Resolves when the server listens. Later ends are mended: the clients reconnect to the same port. */
export async function superviseBroker(
  options: BrokerOptions,
  log: Logger,
  onChange: () => void,
): Promise<SupervisedBroker> {
  let broker: Broker | undefined = await startBroker(options)
  const { port, address } = broker
  let id: ProcessId | undefined = { pid: broker.pid, started: startTime(broker.pid) }
  let born = performance.now()
  let state: ServiceState = 'up'
  let restarts = 0
  let lastExit: string | null = null
  let backoff: Backoff = noFailures
  let stopping = false
  let retry: NodeJS.Timeout | undefined
  let restarting: Promise<void> | undefined

  const ended = (how: string): void => {
    broker = undefined
    id = undefined
    if (stopping) return
    lastExit = how
    const next = nextBackoff(backoff, performance.now() - born)
    backoff = next.state
    log.error({ last_exit: how, again_in_ms: next.wait_ms }, 'nats-server ended')
    state = 'backoff'
    onChange()
    retry = setTimeout(() => {
      restarting = restart()
    }, next.wait_ms)
  }

  const restart = async (): Promise<void> => {
    restarts++
    born = performance.now()
    state = 'starting'
    try {
      const next = await startBroker({ ...options, port })
      if (stopping) return await next.stop(true)
      watch(next)
      log.info({ pid: next.pid, restarts }, 'nats-server is up again')
      state = 'up'
      onChange()
    } catch (error) {
      ended(String(error))
    }
  }

  const watch = (next: Broker): void => {
    broker = next
    id = { pid: next.pid, started: startTime(next.pid) }
    void next.exited.then((how) => {
      if (broker === next) ended(how)
    })
  }
  watch(broker)

  return {
    external: false,
    address,
    snapshot: () => ({
      state,
      pid: broker?.pid ?? null,
      uptime_s: broker ? Math.floor((performance.now() - born) / 1000) : 0,
      restarts,
      last_exit: lastExit,
    }),
    process: () => id,
    // Not gracefully: a server that cannot write may never get done with it, and a kill loses nothing.
    restart: () => void broker?.stop(true),
    async stop(grace_ms) {
      stopping = true
      clearTimeout(retry)
      await restarting
      const running = broker
      if (running) {
        const timer = setTimeout(() => void running.stop(true), grace_ms)
        await running.stop()
        clearTimeout(timer)
      }
      state = 'stopped'
    },
  }
}
