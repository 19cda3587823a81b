// One way to connect to NATS, with the options that Beacon needs everywhere.

import type { NatsConnection } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'

export type ConnectOptions = {
  /** `nats://user:pass@host:port`; several servers separated by commas. */
  url: string
  /** Shown in the server's connection list. */
  name: string
  /** Milliseconds for the first connection. */
  timeout_ms?: number
  /** Private inbox prefix of this connection, where permissions are per role. */
  inbox_prefix?: string
}

/**
 * Connects and then reconnects for ever. Rejects when the first connection fails.
 * The library's defaults give up after ten attempts and record a stack trace per request.
 */
export async function connectBroker(options: ConnectOptions): Promise<NatsConnection> {
  const servers = options.url.split(',').map((url) => new URL(url))
  const first = servers[0]
  return await connect({
    servers: servers.map((url) => url.host),
    ...(first?.username
      ? { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }
      : {}),
    name: options.name,
    timeout: options.timeout_ms ?? 2_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(options.inbox_prefix ? { inboxPrefix: options.inbox_prefix } : {}),
  })
}
