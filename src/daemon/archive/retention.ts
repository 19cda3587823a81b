// Retention: whole partitions go, oldest first. The anchor, written before each removal, says what went and where the
// chain goes on, so that a removal by retention and a removal by anything else can be told apart.

import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import { type Anchor, type ArchiveCursor, getMeta, type PartitionSummary } from './cursor.ts'
import { Environment } from './environment.ts'
import { listPartitions, removingPrefix } from './partition.ts'

/** Removes what is older than `limit_ms` and not the newest partition. Returns the names removed. */
export async function removeExpired(
  dir: string,
  limit_ms: number,
  anchor: Anchor | undefined,
  writeAnchor: (anchor: Anchor) => Promise<void>,
): Promise<string[]> {
  const removed: string[] = []
  let last = anchor
  for (const name of listPartitions(dir).slice(0, -1)) {
    const rows = await readRows(dir, name)
    // A partition that cannot be read is left alone, and with it all that is newer: the chain has no hole of our making.
    if (!rows || newestOf(rows.summary) >= limit_ms) break
    last = {
      through: name,
      chain: rows.cursor.chain,
      blocks: (last?.blocks ?? 0) + rows.summary.blocks,
      events: (last?.events ?? 0) + rows.summary.events,
      quarantined: (last?.quarantined ?? 0) + rows.summary.quarantined,
      reports: (last?.reports ?? 0) + rows.summary.reports,
    }
    try {
      await writeAnchor(last)
      removePartition(dir, name)
    } catch (error) {
      if (!(error instanceof BeaconError && error.code === 'disk_full')) throw error
      // On a full disk the order is reversed, or what is due could never make the room.
      removePartition(dir, name)
      await writeAnchor(last)
    }
    removed.push(name)
  }
  return removed
}

/** Removes what the anchor says is gone: a crash may have come between the two. */
export function finishRemoval(dir: string, { through }: Anchor): void {
  for (const name of listPartitions(dir)) if (name <= through) removePartition(dir, name)
}

/** Renamed first, so that readers see it whole or not at all. Those that have it open keep it until they close it. */
function removePartition(dir: string, name: string): void {
  const removing = join(dir, removingPrefix + name)
  renameSync(join(dir, name), removing)
  rmSync(removing, { recursive: true, force: true })
}

/** No event was received after it was archived, whatever a wrong clock wrote into it. */
function newestOf({ newest_ms, written_ms }: PartitionSummary): number {
  return newest_ms === null ? written_ms : Math.min(newest_ms, written_ms)
}

async function readRows(
  dir: string,
  name: string,
): Promise<{ cursor: ArchiveCursor; summary: PartitionSummary } | undefined> {
  const environment = new Environment(dir, name, 'read')
  try {
    return environment.read(() => {
      const cursor = getMeta(environment, 'cursor')
      const summary = getMeta(environment, 'partition')
      if (!cursor || !summary || cursor === 'damaged' || summary === 'damaged') return undefined
      return { cursor, summary }
    })
  } finally {
    await environment.close()
  }
}
