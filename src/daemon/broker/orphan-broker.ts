// A nats-server that outlived its supervisor: found by its pid file, known by its command line, stopped cleanly.

import { readFileSync, rmSync } from 'node:fs'
import { BeaconError } from '../../core/errors.ts'
import type { Home } from '../home.ts'
import { endProcess } from '../supervisor/end-process.ts'
import { commandLine, startTime } from '../supervisor/process-table.ts'
import { brokerConfigFile, brokerPidFile } from './broker-process.ts'

/** The pid of this home's nats-server, if it runs. The pid file alone proves nothing: pids are used again. */
export function findOrphanBroker(home: Home): number | undefined {
  let pid: number
  try {
    pid = Number(readFileSync(brokerPidFile(home), 'utf8').trim())
  } catch {
    return undefined
  }
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return commandLine(pid).includes(brokerConfigFile(home)) ? pid : undefined
}

/** Two servers on one store would destroy it, so this comes before each start. Resolves to whether there was one. */
export async function stopOrphanBroker(home: Home): Promise<boolean> {
  const pid = findOrphanBroker(home)
  if (pid === undefined) return false
  if (!(await endProcess({ pid, started: startTime(pid) }, 10_000)))
    throw new BeaconError(
      'broker_failed',
      `a nats-server of this home (pid ${pid}) is left over and does not end`,
    )
  rmSync(brokerPidFile(home), { force: true })
  return true
}
