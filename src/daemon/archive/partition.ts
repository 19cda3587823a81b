// Partitions of the archive: one folder per UTC day, or per hour when retention is short, named so that the
// names sort as the times do: `2026-11-21`, `2026-11-21T05`.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { toTime } from '../../core/event-line.ts'

/** LMDB's name for the file of an environment. */
export const dataFile = 'data.mdb'

const hour_ms = 3_600_000
const day_ms = 24 * hour_ms
/** Below this much retention a day is too coarse to remove. */
const hourly_below_ms = 3 * day_ms

const pattern = /^\d{4}-\d\d-\d\d(T\d\d)?$/

export function toPartitionName(ms: number, retention_ms: number): string {
  return toTime(ms).slice(0, retention_ms < hourly_below_ms ? 'yyyy-mm-ddThh'.length : 'yyyy-mm-dd'.length)
}

/** Names of the partitions in an archive's folder, oldest first. Folders being made or removed have other names. */
export function listPartitions(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => pattern.test(name) && existsSync(join(dir, name, dataFile)))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** A partition on its way in or out; the writer sweeps what a crash left. */
export const makingPrefix = '.new-'
export const removingPrefix = '.gone-'
