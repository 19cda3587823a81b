// A fleet to fold on from: that of the nearest sound checkpoint, or an empty one where there is none.

import type { Logger } from 'pino'
import { makeFleet } from '../../core/fleet.ts'
import { decodeFleet } from '../../core/fleet-checkpoint.ts'
import type { ArchiveReader } from '../archive/archive-reader.ts'
import { comparePositions, type Position } from '../archive/keys.ts'
import { type Checkpoint, listCheckpoints, readCheckpoint } from './checkpoint-store.ts'
import type { FoldedFleet } from './replay.ts'

/** Where nothing is folded yet. */
export const beforeAll: Position = { epoch: 0, seq: 0 }

/** What a fleet begins from. */
export type Beginnings = {
  /** Folder of the checkpoints. */
  dir: string
  /** Those that it may begin with, the nearest first. */
  checkpoints: Checkpoint[]
  /** There are checkpoints, and they are of another archive. */
  foreign: boolean
  /** First sequence of an archive that is whole, else 0: input that is in no block may come before the first event. */
  first_seq: number
}

/** For a fleet at `position`, which the archive has passed. */
export function beginningsFor(dir: string, reader: ArchiveReader, position: Position): Beginnings {
  const { timeline } = reader
  const all = listCheckpoints(dir)
  // Read after them: a checkpoint is committed behind the archive's cursor. One beyond it is of an archive that is gone.
  const cursor = reader.cursor() ?? { ...beforeAll, baseline_seq: -1 }
  const foreign = all.some((each) => comparePositions(each, cursor) > 0)
  // From before the archive's begin nothing can be folded on: what came between is not there.
  const oldest = timeline.first() ?? beforeAll
  const checkpoints = all
    .filter((each) => comparePositions(each, position) <= 0 && comparePositions(each, oldest) >= 0)
    .reverse()
  const first_seq = timeline.isWhole() ? cursor.baseline_seq + 1 : 0
  return { dir, checkpoints: foreign ? [] : checkpoints, foreign, first_seq }
}

/** One that is damaged is passed over, and the log names it. */
export function loadFleet({ dir, checkpoints, first_seq }: Beginnings, log: Logger): FoldedFleet {
  for (const candidate of checkpoints) {
    const { epoch, seq } = candidate
    const decoded = decodeFleet(readCheckpoint(dir, candidate))
    if (decoded.ok && decoded.value.seq === seq) return { fleet: decoded.value, at: { epoch, seq } }
    const error = decoded.ok ? `it is of the sequence ${decoded.value.seq}` : decoded.error
    log.error({ epoch, seq, error }, 'a checkpoint is damaged and is passed over')
  }
  const fleet = makeFleet()
  fleet.first_seq = first_seq
  return { fleet, at: beforeAll }
}
