// Route 2: the private cache, `<cacheDir>/nats-server-<version>/nats-server`, filled by the routes that fetch or by hand.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err } from '../../../core/result.ts'
import { isExecutable } from '../find-executable.ts'
import { pickStrongest, type RouteOutcome } from '../nats-server.ts'

const prefix = 'nats-server-'

/** The newest version comes first. What the file itself answers counts, not the name of its folder. */
export async function fromCache(cacheDir: string, signal: AbortSignal): Promise<RouteOutcome> {
  const versions = (await namesIn(cacheDir))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    // A hand may have named a folder in any way, so this compares names, not versions.
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const entries = versions
    .map((version) => toEntry(cacheDir, version))
    .filter((entry) => isExecutable(entry.path))
  if (entries.length === 0) return err(`nothing in ${cacheDir}`)
  const places = await Promise.all(
    entries.map(async (entry) => ({
      path: entry.path,
      route: 'cache' as const,
      origin: await readOrigin(entry.origin),
    })),
  )
  return await pickStrongest(places, signal)
}

/** Where a version stands in the cache: its folder, the program, and the note of where it came from. */
export function toEntry(cacheDir: string, version: string): { folder: string; path: string; origin: string } {
  const folder = join(cacheDir, prefix + version)
  return { folder, path: join(folder, 'nats-server'), origin: join(folder, 'origin.txt') }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    // Not there yet, or not readable: both mean that nothing is cached for us.
    return []
  }
}

/** The note beside a cached program; one without a note was put there by hand. */
export async function readOrigin(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    return 'put into the cache by hand'
  }
}
