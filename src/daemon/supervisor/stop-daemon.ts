// Stops the daemon of a home and waits until it is gone.

import { existsSync } from 'node:fs'
import { BeaconError } from '../../core/errors.ts'
import type { Home } from '../home.ts'
import { isGone } from './end-process.ts'
import { clearLeftovers } from './leftovers.ts'
import { acquireLock, lockHolder } from './lock.ts'
import { removeDaemonRecord } from './run-files.ts'

export type StopResult = {
  /** No daemon ran. */
  already: boolean
  pid: number | null
  /** Processes of a killed daemon that were still there and are gone now. */
  leftovers: number
  elapsed_ms: number
}

/** Throws daemon_failed when it is still there after the limit; it goes on stopping. */
export async function stopDaemon(options: { home: Home; timeout_ms?: number }): Promise<StopResult> {
  const { home, timeout_ms = 30_000 } = options
  const began = performance.now()
  const elapsed = (): number => Math.round(performance.now() - began)
  const holder = lockHolder(home.run)
  if (!holder)
    return { already: true, pid: null, leftovers: await clearAfterKill(home), elapsed_ms: elapsed() }
  try {
    process.kill(holder.pid, 'SIGTERM')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH') throw new BeaconError('daemon_failed', `it cannot be stopped: ${message}`)
  }
  if (!(await isGone(holder, timeout_ms)))
    throw new BeaconError(
      'daemon_failed',
      `the daemon (pid ${holder.pid}) has not ended within ${timeout_ms / 1000} s and goes on stopping`,
      { hint: 'Look at `beacon daemon logs`, wait and stop again.' },
    )
  return { already: false, pid: holder.pid, leftovers: 0, elapsed_ms: elapsed() }
}

/** After a kill -9 of the supervisor its nats-server still runs; to the user that is the daemon too. */
async function clearAfterKill(home: Home): Promise<number> {
  // Nothing is made in a home where no daemon ever ran.
  if (!existsSync(home.run)) return 0
  const lock = await acquireLock(home.run)
  try {
    const leftovers = await clearLeftovers(home)
    removeDaemonRecord(home.run)
    return leftovers
  } finally {
    lock.release()
  }
}
