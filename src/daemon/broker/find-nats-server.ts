// Finds the nats-server of this machine, quickly and without the network: for the start of the daemon.

import { resolve } from 'node:path'
import { isStrongest, type NatsServer } from './nats-server.ts'
import { fromCache } from './routes/cache.ts'
import { fromEnvironment } from './routes/environment.ts'
import { fromPath } from './routes/path.ts'

export type FindOptions = {
  /** BEACON_NATS_SERVER; absent or empty when the user chose none. */
  explicitPath?: string | undefined
  /** PATH. */
  pathVariable: string
  /** Beacon's folder for what can be fetched again: XDG cache folder + /beacon. */
  cacheDir: string
  signal?: AbortSignal | undefined
}

/**
 * The explicit one, or else the first on PATH or in the cache that can run `durable`, or else the first that fits at all;
 * undefined when there is none. Throws `broker_missing` or `broker_unfit` when the explicit one cannot serve.
 */
export async function findNatsServer(options: FindOptions): Promise<NatsServer | undefined> {
  const signal = options.signal ?? new AbortController().signal
  if (options.explicitPath) return await fromEnvironment(options.explicitPath, options.pathVariable, signal)
  const path = await fromPath(options.pathVariable, signal)
  if (path.ok && isStrongest(path.value)) return path.value
  const cache = await fromCache(resolve(options.cacheDir), signal)
  if (cache.ok && isStrongest(cache.value)) return cache.value
  return path.ok ? path.value : cache.ok ? cache.value : undefined
}
