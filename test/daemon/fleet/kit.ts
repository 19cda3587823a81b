// A home of a test's own, and checkpoints written into it.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { Fleet } from '../../../src/core/fleet.ts'
import { encodeSnapshot, snapshotFleet } from '../../../src/core/fleet-checkpoint.ts'
import { packPart, prepareCheckpoints, writeCheckpoint } from '../../../src/daemon/fleet/checkpoint-store.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'

export const silent = pino({ level: 'silent' })

export function makeTestHome(): Home {
  const home = toHome(mkdtempSync(join(tmpdir(), 'beacon-fleet-')))
  onTestFinished(() => rmSync(home.root, { recursive: true, force: true }))
  return home
}

/** A log that keeps what it is told. */
export function makeLog() {
  const lines: string[] = []
  return { lines, log: pino({ level: 'info' }, { write: (line) => void lines.push(line) }) }
}

/** The fleet as it is now, as a checkpoint. */
export async function checkpoint(home: Home, fleet: Fleet, epoch = 1): Promise<void> {
  prepareCheckpoints(home.fleet)
  const packed = await Promise.all([...encodeSnapshot(snapshotFleet(fleet))].map(packPart))
  await writeCheckpoint(home.fleet, { epoch, seq: fleet.seq, at_ms: fleet.received_at_ms }, packed)
}

/** The file of the newest checkpoint. */
export function newestFile(home: Home): string {
  const newest = readdirSync(home.fleet).sort().at(-1)
  if (newest === undefined) throw new Error('there is no checkpoint')
  return join(home.fleet, newest)
}
