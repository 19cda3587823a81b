// The nats-server that a command runs: the one that was named, else on PATH, else the one that `beacon setup` keeps.

import { BeaconError } from '../core/errors.ts'
import type { NatsServer } from '../daemon/broker/nats-server.ts'
import type { CommandContext } from './command-context.ts'

/** Throws broker_missing when there is none, and broker_unfit when the named one does not fit. */
export async function findServer({
  env,
  signal,
}: Pick<CommandContext, 'env' | 'signal'>): Promise<NatsServer> {
  const { findNatsServer } = await import('../daemon/broker/find-nats-server.ts')
  const found = await findNatsServer({
    explicitPath: env.nats_server ?? undefined,
    pathVariable: env.path,
    cacheDir: env.cache_dir,
    signal,
  })
  if (!found) throw new BeaconError('broker_missing', 'neither on PATH nor in the cache of Beacon')
  return found
}
