// The connection of a command: the NATS that was named, else that of the home's daemon.

import type { NatsConnection } from '@nats-io/nats-core'
import { connectBroker } from '../client/connect.ts'
import { type ClientRole, connectHome, inboxPrefix, readDaemonRecord } from '../client/endpoints.ts'
import type { SupervisorAddress } from '../client/supervisor-client.ts'
import { BeaconError } from '../core/errors.ts'
import type { CommandContext } from './command-context.ts'

/** Throws daemon_unreachable when nobody answers. */
export async function connectDaemon(
  { home, nats }: Pick<CommandContext, 'home' | 'nats'>,
  role: ClientRole,
  name: string,
): Promise<NatsConnection> {
  if (nats === null) return await connectHome(home, role, name)
  try {
    return await connectBroker({ url: nats, name, inbox_prefix: inboxPrefix(role) })
  } catch (cause) {
    throw new BeaconError('daemon_unreachable', `NATS: ${(cause as Error).message}`, { cause })
  }
}

/** The supervisor that a command means: that of its home, or whatever is on the NATS that was named. */
export const toSupervisor = (
  { home, nats }: Pick<CommandContext, 'home' | 'nats'>,
  nc: NatsConnection,
): SupervisorAddress => ({ nc, id: nats === null ? (readDaemonRecord(home)?.id ?? null) : null })

/** The swarm that a command means: that of its home's daemon, or the one of the settings on a NATS that was named. */
export const toCluster = ({ home, nats, config }: Pick<CommandContext, 'home' | 'nats' | 'config'>): string =>
  (nats === null ? readDaemonRecord(home)?.cluster : undefined) ?? config.cluster
