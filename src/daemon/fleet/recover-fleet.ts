// The fleet as it was when the archive's cursor was written: the newest sound checkpoint, and the archive behind it.
// What the stream holds beyond is for the caller to fold.

import { rmSync } from 'node:fs'
import type { Logger } from 'pino'
import { type Fleet, makeFleet, pass } from '../../core/fleet.ts'
import { ArchiveReader } from '../archive/archive-reader.ts'
import type { Home } from '../home.ts'
import { beforeAll, beginningsFor, loadFleet } from './load-fleet.ts'
import { type ReplayOptions, replay } from './replay.ts'

export type RecoveredFleet = {
  fleet: Fleet
  /** The archive's epoch that the fleet is in; 0 without an archive. */
  epoch: number
  /** The first sequence of the stream that it does not hold. */
  next_seq: number
}

/** Throws BeaconError `archive_damaged` when the archive's cursor cannot be read. Rejects when the signal aborts. */
export async function recoverFleet(
  home: Home,
  log: Logger,
  signal: AbortSignal,
  beforeBar: ReplayOptions['beforeBar'] = () => {},
): Promise<RecoveredFleet> {
  const reader = new ArchiveReader(home.archive)
  try {
    const cursor = reader.cursor()
    const beginnings = beginningsFor(home.fleet, reader, cursor ?? beforeAll)
    if (beginnings.foreign) {
      log.warn('the checkpoints are of another archive and are removed')
      rmSync(home.fleet, { recursive: true, force: true })
    }
    if (!cursor) return { fleet: makeFleet(), epoch: beforeAll.epoch, next_seq: 1 }
    const began = performance.now()
    const folded = loadFleet(beginnings, log)
    const loaded_ms = performance.now() - began
    const { fleet, at } = folded
    const replayed = await replay(reader, folded, {
      to: cursor,
      signal,
      onDamage: (block) => log.error({ block }, 'a damaged block is left out of the live picture'),
      beforeBar,
    })
    // Duplicates and quarantined input are in no block, but the books know of them.
    if (cursor.seq > cursor.baseline_seq) pass(fleet, cursor.seq)
    else fleet.first_seq = 0
    fleet.duplicates = cursor.duplicate
    const took = { loaded_ms: Math.round(loaded_ms), took_ms: Math.round(performance.now() - began) }
    log.info(
      { checkpoint_seq: at.seq, replayed, seq: cursor.seq, agents: fleet.ids.length, ...took },
      'the live picture is recovered',
    )
    return { fleet, epoch: cursor.epoch, next_seq: cursor.seq + 1 }
  } finally {
    await reader.close()
  }
}
