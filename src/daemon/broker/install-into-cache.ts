// Puts a fetched nats-server into the cache: whole or not at all, also when several set-ups run at once.

import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ok } from '../../core/result.ts'
import { probeNatsServer, type Route, type RouteOutcome } from './nats-server.ts'
import { readOrigin, toEntry } from './routes/cache.ts'

const stagingPrefix = '.incoming-'

/**
 * Gives `work` a folder of its own inside the cache (so that the last step is a rename on one file system) and removes
 * it in any case. What a killed set-up left is removed by a later one.
 */
export async function withStaging<T>(cacheDir: string, work: (staging: string) => Promise<T>): Promise<T> {
  await mkdir(cacheDir, { recursive: true })
  await removeStale(cacheDir)
  const staging = await mkdtemp(join(cacheDir, stagingPrefix))
  try {
    return await work(staging)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/**
 * Moves the program into the cache under the version that it reports, and gives it as served by `route`. When another
 * set-up was first, its entry serves; a damaged entry is replaced. Refuses what does not run or does not fit.
 */
export async function installIntoCache(
  fetched: { binary: string; staging: string; cacheDir: string; route: Route; origin: string },
  signal: AbortSignal,
): Promise<RouteOutcome> {
  const { route, origin } = fetched
  await chmod(fetched.binary, 0o755)
  const probed = await probeNatsServer({ path: fetched.binary, route, origin }, signal)
  if (!probed.ok) return probed
  const target = toEntry(fetched.cacheDir, probed.value.version)
  const made = toEntry(fetched.staging, probed.value.version)
  await mkdir(made.folder)
  await rename(fetched.binary, made.path)
  await writeFile(made.origin, `${origin}\n`)
  await flush(made.path)
  for (let attempt = 1; ; attempt++) {
    if (await renameUnlessTaken(made.folder, target.folder)) {
      await flush(dirname(target.folder))
      return ok({ ...probed.value, path: target.path })
    }
    const noted = await readOrigin(target.origin)
    const other = await probeNatsServer({ path: target.path, route, origin: noted }, signal)
    if (other.ok || attempt === 3) return other
    // A program that does not run, left by a full disk or a hand: set it aside, in the folder that is removed at the end.
    await rename(target.folder, join(fetched.staging, `damaged-${attempt}`)).catch(ignoreMissing)
  }
}

/** A folder is never renamed over one that holds something: that makes the first set-up the only one. */
async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

/** After a loss of power the entry is there with its bytes, or it is not there. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function removeStale(cacheDir: string): Promise<void> {
  // Far longer than all time limits of a set-up together: what is older belongs to a dead one.
  const oldest_ms = Date.now() - 3_600_000
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(stagingPrefix)) continue
    const path = join(cacheDir, name)
    const age = await stat(path).catch(ignoreMissing)
    if (age && age.mtimeMs < oldest_ms) await rm(path, { recursive: true, force: true })
  }
}

/** Another set-up may have moved or removed it first. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
