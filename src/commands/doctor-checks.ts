// The checks of `beacon doctor`, in the order in which things are needed.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BeaconError, errorRegistry } from '../core/errors.ts'
import { findNatsServer } from '../daemon/broker/find-nats-server.ts'
import { daemonStatus } from '../daemon/supervisor/daemon-status.ts'
import { readDisk } from '../daemon/supervisor/disk.ts'
import type { CommandContext } from './command-context.ts'
import type { Finding } from './doctor.ts'

type Answer = Omit<Finding, 'check'>

const ok = (detail: string): Answer => ({ state: 'ok', detail, cure: '' })
const warning = (detail: string, cure: string): Answer => ({ state: 'warning', detail, cure })
const failed = (detail: string, cure: string): Answer => ({ state: 'failed', detail, cure })

const checks: [string, (context: CommandContext) => Answer | Promise<Answer>][] = [
  ['node', () => ok(process.version)],
  ['settings', checkSettings],
  ['home', checkHome],
  ['disk', checkDisk],
  ['nats-server', checkServer],
  ['daemon', checkDaemon],
]

/** One finding for each check; a check that throws has failed. */
export async function examine(context: CommandContext): Promise<Finding[]> {
  return await Promise.all(
    checks.map(async ([check, look]) => {
      try {
        return { check, ...(await look(context)) }
      } catch (error) {
        const cure = error instanceof BeaconError ? error.hint : errorRegistry.internal.hint
        return { check, ...failed((error as Error).message, cure) }
      }
    }),
  )
}

function checkSettings({ configEntries, home }: CommandContext): Answer {
  const set = configEntries.filter((entry) => entry.origin !== 'default').map((entry) => entry.key)
  const file = existsSync(home.config) ? home.config : 'no config.toml'
  return ok(set.length === 0 ? `${file}, all defaults` : `${file}; set: ${set.join(', ')}`)
}

function checkHome({ home }: CommandContext): Answer {
  const folder = nearestFolder(home.root)
  if (!statSync(folder).isDirectory()) return failed(`${folder} is no folder`, 'Name another --home.')
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch {
    return failed(`${folder} cannot be written`, 'Give this user the right to, or name another --home.')
  }
  if (folder !== home.root) return ok(`${home.root} (made at the first start)`)
  const others = existsSync(home.credentials) && (statSync(home.credentials).mode & 0o077) !== 0
  if (others) return warning(`${home.credentials} is open to other users`, `chmod 700 ${home.credentials}`)
  return ok(home.root)
}

async function checkDisk({ home }: CommandContext): Promise<Answer> {
  const { free_bytes, disk_low } = await readDisk(nearestFolder(home.root))
  const detail = `${(free_bytes / 1e9).toFixed(1)} GB free`
  return disk_low ? failed(detail, errorRegistry.disk_full.hint) : ok(detail)
}

async function checkServer({ env, signal, config }: CommandContext): Promise<Answer> {
  if (config.nats !== null) return ok('an external NATS is used')
  const server = await findNatsServer({
    explicitPath: env.nats_server ?? undefined,
    pathVariable: env.path,
    cacheDir: env.cache_dir,
    signal,
  })
  if (!server) return failed('none was found', errorRegistry.broker_missing.hint)
  const detail = `${server.version} at ${server.path}, fit for ${server.profiles.join(' and ')}`
  if (server.profiles.includes(config.durability)) return ok(detail)
  return failed(detail, errorRegistry.broker_unfit.hint)
}

async function checkDaemon({ home }: CommandContext): Promise<Answer> {
  try {
    const { ready, not_ready_reasons, pid, http } = await daemonStatus({ home })
    if (ready) return ok(`ready, pid ${pid}, http://${http}`)
    return failed(`not ready: ${not_ready_reasons.join('; ')}`, 'Read `beacon daemon logs`.')
  } catch (error) {
    if (!(error instanceof BeaconError) || error.code !== 'daemon_unreachable') throw error
    return warning(error.detail, 'Start it with `beacon daemon start`.')
  }
}

/** The folder itself, or the one in which it would be made. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
