// The HTTP door that a command sends to: the one that was named, or that of the home's daemon.

import { request } from 'undici'
import { readDaemonRecord } from '../client/endpoints.ts'
import { BeaconError } from '../core/errors.ts'
import type { Home } from '../daemon/home.ts'

const answer_ms = 3_000

/** Base URLs, separated by commas, of doors to one Beacon, of which one answers. Throws as `findDoor` does. */
export async function findDoors(home: Home, urls: string | undefined): Promise<string> {
  if (!urls?.includes(',')) return await findDoor(home, urls)
  const bases = urls.split(',').map(givenDoor)
  await Promise.any(bases.map((base) => findDoor(home, base))).catch((error: AggregateError) => {
    throw error.errors[0]
  })
  return bases.join(',')
}

/** Base URL of a door that answers. Throws daemon_unreachable, or usage when the URL is none. */
async function findDoor(home: Home, url: string | undefined): Promise<string> {
  const base = url === undefined ? homeDoor(home) : givenDoor(url)
  try {
    const answer = await request(`${base}/health`, { headersTimeout: answer_ms, bodyTimeout: answer_ms })
    await answer.body.dump()
  } catch (cause) {
    throw new BeaconError('daemon_unreachable', `${base}: ${(cause as Error).message}`, { cause })
  }
  return base
}

/** Throws daemon_unreachable when no daemon of the home has started. */
export function homeDoor(home: Home): string {
  const record = readDaemonRecord(home)
  if (!record) throw new BeaconError('daemon_unreachable', `no daemon runs in ${home.root}`)
  return `http://${record.http}`
}

/** Throws usage when the text is no URL. */
export function givenDoor(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed.origin
  throw new BeaconError('usage', `--url: '${url}' is no URL such as http://127.0.0.1:8000`, {
    hint: 'Write the scheme, the host and the port of a door.',
  })
}
