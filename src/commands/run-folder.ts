// Where `beacon run` keeps credentials and spool of an agent: a folder for each of those that run at once.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../core/errors.ts'
import { toAgentKey } from '../core/subjects.ts'
import type { Home } from '../daemon/home.ts'
import { acquireLock } from '../daemon/supervisor/lock.ts'

export type RunFolder = { path: string; release(): void }

/** Credentials belong to one process: used by two, the second would count as a thief. */
export async function openRunFolder(home: Home, agentId: string): Promise<RunFolder> {
  for (let slot = 1; ; slot++) {
    const path = join(home.agents, toAgentKey(agentId), String(slot))
    makePrivate(path)
    try {
      return { path, ...(await acquireLock(path)) }
    } catch (error) {
      if (!(error instanceof BeaconError) || error.code !== 'home_locked') throw error
    }
  }
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new BeaconError('home_unusable', `${path} cannot be made: ${(cause as Error).message}`, { cause })
  }
}
