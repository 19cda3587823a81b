// Opens what an earlier writer left: the newest partition to go on with, and the one before it if a crash came
// between making the newest and sealing that.

import { BeaconError } from '../../core/errors.ts'
import type { Seen } from '../../core/seen.ts'
import type { Reported } from '../../core/stored-report.ts'
import {
  type Anchor,
  type ArchiveCursor,
  archiveFormat,
  type Checkpoint,
  emptySummary,
  getMeta,
  putMeta,
} from './cursor.ts'
import { damaged } from './damaged.ts'
import { Environment } from './environment.ts'
import { OpenPartition } from './open-partition.ts'
import { listPartitions } from './partition.ts'
import { recover } from './recover.ts'
import { readTail } from './tail-row.ts'

export type Newest = {
  partition: OpenPartition
  unsealed: OpenPartition | undefined
  cursor: ArchiveCursor
  seen: Seen
  reported: Reported
  anchor: Anchor | undefined
}

/** Undefined for an archive without partitions. */
export async function openNewest(dir: string): Promise<Newest | undefined> {
  const names = listPartitions(dir)
  const name = names.pop()
  if (name === undefined) return undefined
  const environment = new Environment(dir, name, 'write')
  const older: Environment[] = []
  try {
    renewFormat(environment)
    const { cursor, checkpoint, seen, reported } = recover(environment, () => {
      older.push(...names.map((each) => new Environment(dir, each, 'read')))
      return [...older, environment]
    })
    for (const each of older.splice(0)) await each.close()
    const anchor = environment.read(() => getMeta(environment, 'anchor'))
    const unsealed = await openUnsealed(dir, names.pop())
    const partition = openPartition(dir, environment, checkpoint)
    return {
      partition,
      unsealed,
      cursor,
      seen,
      reported,
      anchor: anchor === 'damaged' ? undefined : anchor,
    }
  } catch (error) {
    for (const each of [...older, environment]) await each.close()
    throw error
  }
}

async function openUnsealed(dir: string, name: string | undefined): Promise<OpenPartition | undefined> {
  if (name === undefined) return undefined
  const environment = new Environment(dir, name, 'write')
  const { next, checkpoint } = environment.read(() => ({
    next: getMeta(environment, 'next'),
    checkpoint: getMeta(environment, 'checkpoint'),
  }))
  // A damaged row is left as it is, for verify to name.
  if (next === undefined && checkpoint !== undefined && checkpoint !== 'damaged') {
    return openPartition(dir, environment, checkpoint)
  }
  await environment.close()
  return undefined
}

function openPartition(dir: string, environment: Environment, checkpoint: Checkpoint): OpenPartition {
  const { summary, tail } = environment.read(() => ({
    summary: getMeta(environment, 'partition'),
    tail: readTail(environment),
  }))
  if (summary === 'damaged') throw damaged(environment.name, 'its partition row')
  return new OpenPartition(dir, environment.name, environment, {
    summary: summary ?? emptySummary,
    checkpoint,
    tail,
  })
}

/** The format row guards an archive that a newer Beacon wrote. What an older one wrote goes on in our format. */
function renewFormat(environment: Environment): void {
  const format = environment.read(() => getMeta(environment, 'format'))
  if (format === archiveFormat) return
  if (format === 1) {
    environment.commit((put) => putMeta(put, 'format', archiveFormat))
    return
  }
  if (format === 'damaged' || format === undefined) throw damaged(environment.name, 'its format row')
  throw new BeaconError('archive_damaged', `the partition ${environment.name} has the format ${format}`, {
    hint: 'A newer Beacon wrote it: use that one.',
  })
}
