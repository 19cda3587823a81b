// Makes the folders of a home, and says plainly when they cannot be used.

import { mkdirSync, statfsSync } from 'node:fs'
import { BeaconError } from '../../core/errors.ts'
import type { Home } from '../home.ts'
import { floor_bytes } from './disk.ts'

export function prepareFolders(home: Home): void {
  try {
    for (const folder of [home.root, home.run, home.logs]) mkdirSync(folder, { recursive: true })
    // Config and store hold passwords and every event.
    for (const folder of [home.broker, home.credentials, home.archive])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new BeaconError('home_unusable', `${home.root} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const { bavail, bsize } = statfsSync(home.root)
  const free = bavail * bsize
  if (free < floor_bytes)
    throw new BeaconError(
      'disk_full',
      `${home.root} has ${Math.floor(free / 2 ** 20)} MiB left; the daemon needs ${floor_bytes / 2 ** 20} MiB to start`,
    )
}
