// How a client finds the daemon of a home: run/daemon.json says where, credentials/<role>.url opens the door.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Durability } from '../core/config.ts'
import { BeaconError } from '../core/errors.ts'
import { connectBroker } from './connect.ts'

export type ClientRole = 'service' | 'admin' | 'operator' | 'agent' | 'reader'

/** run/daemon.json */
export type DaemonRecord = {
  schema: 'beacon.daemon.v1'
  version: string
  /** Of this run: several daemons may share a NATS (`supervisorSubject`). */
  id: string
  pid: number
  /** `host:port` of the HTTP door. */
  http: string
  /** `host:port` of NATS, without credentials; several separated by commas when external. */
  nats: string
  profile: Durability
  /** Name of the swarm. */
  cluster: string
  started_at: string
}

/** The two folders of a home that a client reads. */
export type HomeFolders = { root: string; run: string; credentials: string }

/** Undefined when no daemon of this home has started, or it was stopped. A record may outlive a killed daemon. */
export function readDaemonRecord(home: HomeFolders): DaemonRecord | undefined {
  const file = join(home.run, 'daemon.json')
  const text = readText(file)
  if (text === undefined) return undefined
  try {
    const record = JSON.parse(text) as DaemonRecord | null
    const { http, nats, id, cluster } = record ?? {}
    if (record && [http, nats, id, cluster].every((each) => typeof each === 'string')) return record
  } catch {
    // Answered below.
  }
  throw new BeaconError('home_unusable', `${file} is broken`, {
    hint: 'Restart the daemon with `beacon daemon restart`: it writes the file anew.',
  })
}

/** The NATS URL of a role, password included. Throws daemon_unreachable when the home has none yet. */
export function readBrokerUrl(home: HomeFolders, role: ClientRole): string {
  const file = join(home.credentials, `${role}.url`)
  const url = readText(file)?.trim()
  if (url === undefined) throw new BeaconError('daemon_unreachable', `no daemon has run in ${home.root} yet`)
  if (url.split(',').every((each) => URL.canParse(each))) return url
  throw new BeaconError('home_unusable', `the credentials file ${file} is broken`, {
    hint: 'Restart the daemon with `beacon daemon restart`: it writes the file anew.',
  })
}

/**
 * Agents share `_INBOX`, the prefix of every NATS client; the other roles have their own, which agents may not
 * listen to.
 */
export const inboxPrefix = (role: ClientRole): string => (role === 'agent' ? '_INBOX' : `_INBOX_${role}`)

/** A connection to the daemon of a home. Throws daemon_unreachable when nobody answers. */
export async function connectHome(
  home: HomeFolders,
  role: ClientRole,
  name: string,
  timeout_ms = 2_000,
): Promise<NatsConnection> {
  const record = readDaemonRecord(home)
  if (!record) throw new BeaconError('daemon_unreachable', `no daemon runs in ${home.root}`)
  const url = readBrokerUrl(home, role)
  try {
    return await connectBroker({ url, name, timeout_ms, inbox_prefix: inboxPrefix(role) })
  } catch (error) {
    throw new BeaconError('daemon_unreachable', `NATS at ${record.nats}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BeaconError('home_unusable', `${file} cannot be read: ${(error as Error).message}`)
  }
}
