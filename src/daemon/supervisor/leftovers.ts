// What a killed supervisor leaves running: its services, which end by themselves, and its nats-server, which does not.

import type { Logger } from 'pino'
import { BeaconError } from '../../core/errors.ts'
import { stopOrphanBroker } from '../broker/orphan-broker.ts'
import type { Home } from '../home.ts'
import { endProcess, isGone } from './end-process.ts'
import { isAlive } from './process-table.ts'
import { readState } from './run-files.ts'

/** Services flush to the broker and the archive when they find themselves alone; this is how long they may. */
const flush_ms = 5_000

/**
 * Call with the lock held. The archive has one writer and the store one server, so nothing new starts before the old is
 * gone. Services first: they still flush into the old broker. Resolves to how many processes were left.
 */
export async function clearLeftovers(home: Home, log?: Logger): Promise<number> {
  const left = (readState(home.run)?.children ?? []).filter(isAlive)
  await Promise.all(
    left.map(async (child) => {
      if (await isGone(child, flush_ms)) return
      log?.warn({ pid: child.pid }, 'a service of a killed daemon does not end by itself')
      if (!(await endProcess(child, 1_000)))
        throw new BeaconError(
          'daemon_failed',
          `the process ${child.pid} of an earlier daemon cannot be ended`,
        )
    }),
  )
  const broker = await stopOrphanBroker(home)
  return left.length + (broker ? 1 : 0)
}
