// What a service is: one entry function that gets everything it needs and stops when its signal aborts.
// The daemon runs each as a child process; any of them runs alone against the same NATS just as well.

import type { Logger } from 'pino'
import type { Config } from '../core/config.ts'
import type { Home } from './home.ts'

export const serviceNames = ['gateway', 'archiver', 'aggregator', 'pulse', 'historian'] as const
export type ServiceName = (typeof serviceNames)[number]

/** Numbers of a service, flat and JSON-safe: units last in the names. Reported each second. */
export type ServiceStats = Record<string, number | string | boolean | null>

export type ServiceContext = {
  name: ServiceName
  /** Distinguishes processes of one service: `gateway-1`. */
  instance: string
  /** Of the daemon that started it, for the supervisor's subjects. */
  daemon_id: string
  home: Home
  config: Config
  /** NATS URL with the credentials of the service role. */
  nats_url: string
  log: Logger
  /** Aborts when the service must flush and stop. */
  signal: AbortSignal
  /** Called once, when the service does its work. */
  ready(): void
  /** Called by the service about each second. */
  report(stats: ServiceStats): void
}

/** Resolves when everything is flushed and closed. Throws on what it cannot mend: the supervisor restarts it and says so. */
export type Service = (context: ServiceContext) => Promise<void>
