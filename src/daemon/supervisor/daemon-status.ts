// The status of a home's daemon: what it answers, or else what it last wrote down.

import { connectHome, readDaemonRecord } from '../../client/endpoints.ts'
import { requestStatus } from '../../client/supervisor-client.ts'
import { BeaconError } from '../../core/errors.ts'
import type { StatusDocument } from '../../core/status.ts'
import type { Home } from '../home.ts'
import { lockHolder } from './lock.ts'
import { readState } from './run-files.ts'

/** Throws daemon_unreachable when no daemon of this home runs. */
export async function daemonStatus(options: { home: Home; timeout_ms?: number }): Promise<StatusDocument> {
  const { home, timeout_ms = 2_000 } = options
  const holder = lockHolder(home.run)
  if (!holder) throw new BeaconError('daemon_unreachable', `no daemon runs in ${home.root}`)
  try {
    return await askStatus(home, timeout_ms)
  } catch (error) {
    if (!(error instanceof BeaconError && error.code === 'daemon_unreachable')) throw error
    const state = readState(home.run)
    if (state?.status.pid !== holder.pid)
      throw new BeaconError('daemon_unreachable', `the daemon (pid ${holder.pid}) is starting`, {
        cause: error,
      })
    const reason = `NATS does not answer; this was written at ${state.written_at}`
    return {
      ...state.status,
      ready: false,
      degraded: true,
      not_ready_reasons: [reason, ...state.status.not_ready_reasons],
    }
  }
}

async function askStatus(home: Home, timeout_ms: number): Promise<StatusDocument> {
  const nc = await connectHome(home, 'operator', 'status', timeout_ms)
  try {
    return await requestStatus({ nc, id: readDaemonRecord(home)?.id ?? null }, timeout_ms)
  } finally {
    await nc.close()
  }
}
