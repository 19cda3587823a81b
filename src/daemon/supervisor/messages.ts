// What the supervisor and a service's process say to each other over the child's IPC channel.

import type { Config } from '../../core/config.ts'
import type { Problem } from '../../core/errors.ts'
import type { ServiceName, ServiceStats } from '../service.ts'

export type ServiceStart = {
  instance: string
  daemon_id: string
  home: string
  config: Config
  /** NATS URL with the credentials of the service role. */
  nats_url: string
}

export type ToService =
  /** Load the code now, while broker and streams are being made; the work begins with `start`. */
  | { type: 'load'; name: ServiceName; module: string | null }
  | { type: 'start'; start: ServiceStart }
  | { type: 'stop' }

export type FromService =
  | { type: 'ready' }
  | { type: 'stats'; stats: ServiceStats }
  /** The last words before the process ends by itself. */
  | { type: 'failed'; problem: Problem }
