// Checkpoints are written beside the fold, never ahead of the archive, and never fill the disk.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Fleet, makeFleet } from '../../../src/core/fleet.ts'
import { listCheckpoints } from '../../../src/daemon/fleet/checkpoint-store.ts'
import { type CheckpointLimits, makeCheckpointer } from '../../../src/daemon/fleet/checkpointer.ts'
import { recoverFleet } from '../../../src/daemon/fleet/recover-fleet.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'
import { makeDisk, whyNoDisk } from '../../kit/disk.ts'
import { eventually } from '../../kit/supervised-home.ts'
import { openWriter } from '../archive/kit.ts'
import { day_ms, makeEvents, start_ms } from '../archive/make-events.ts'
import { checkpoint, makeLog, makeTestHome, silent } from './kit.ts'
import { foldBatch, toSight } from './make-history.ts'

const never: Partial<CheckpointLimits> = {
  events: Number.POSITIVE_INFINITY,
  interval_ms: Number.POSITIVE_INFINITY,
}
const always: Partial<CheckpointLimits> = { events: 1, interval_ms: 0, share: 1 }

const foldUpTo = (fleet: Fleet, seq: number): void =>
  foldBatch(fleet, { events: makeEvents(fleet.seq + 1, seq), quarantined: [] })

async function archiveUpTo(home: Home, seq: number, stream = 'stream'): Promise<void> {
  const writer = await openWriter(home.archive)
  if (writer.cursor().stream_created !== stream)
    await writer.beginEpoch({ stream_created: stream, baseline_seq: writer.cursor().seq })
  await writer.append(makeEvents(writer.cursor().seq + 1, seq))
  await writer.close()
}

const checkpointsOf = (home: Home): number[] => listCheckpoints(home.fleet).map(({ seq }) => seq)

test('a checkpoint is due after so many events, and a recovery starts from it', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 250)
  const fleet = makeFleet()
  const checkpointer = makeCheckpointer({
    home,
    fleet,
    epoch: 1,
    log: silent,
    limits: { ...never, events: 200 },
  })
  foldUpTo(fleet, 199)
  checkpointer.folded()
  foldUpTo(fleet, 210)
  checkpointer.folded()
  await eventually('the checkpoint', () => checkpointer.stats().checkpoint_total === 1 || undefined)
  expect(checkpointsOf(home)).toEqual([210])
  foldUpTo(fleet, 250)
  await checkpointer.close()
  expect(checkpointsOf(home)).toEqual([210, 250])
  const recovered = await recoverFleet(home, silent, new AbortController().signal)
  expect(toSight(recovered.fleet, start_ms + day_ms)).toEqual(toSight(fleet, start_ms + day_ms))
})

test('a checkpoint is due after a while when anything changed, and not without', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 10)
  const fleet = makeFleet()
  foldUpTo(fleet, 5)
  await checkpoint(home, fleet)
  const checkpointer = makeCheckpointer({
    home,
    fleet,
    epoch: 1,
    log: silent,
    limits: { ...never, interval_ms: 0 },
  })
  checkpointer.folded()
  foldUpTo(fleet, 10)
  // Nobody says that anything was folded: it looks by itself.
  await eventually('the checkpoint', () => checkpointer.stats().checkpoint_total === 1 || undefined)
  checkpointer.folded()
  await checkpointer.close()
  expect(checkpointsOf(home)).toEqual([5, 10])
})

test('what a recovery had to fold anew counts as change: the next one need not', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 50)
  const { fleet, epoch } = await recoverFleet(home, silent, new AbortController().signal)
  const limits = { ...never, events: 50 }
  const checkpointer = makeCheckpointer({ home, fleet, epoch, log: silent, limits })
  checkpointer.folded()
  await checkpointer.close()
  expect(checkpointsOf(home)).toEqual([50])
})

test('a checkpoint is committed only when the archive has passed it', async () => {
  const home = makeTestHome()
  // Opened before any reader of this process: the first one decides on LMDB's mode.
  const writer = await openWriter(home.archive)
  await writer.beginEpoch({ stream_created: 'stream', baseline_seq: 0 })
  await writer.append(makeEvents(1, 50))
  const fleet = makeFleet()
  const checkpointer = makeCheckpointer({ home, fleet, epoch: 1, log: silent, limits: always })
  foldUpTo(fleet, 60)
  checkpointer.folded()
  await eventually('the wait', () => checkpointer.stats().checkpoint_waiting === 1 || undefined)
  expect(checkpointsOf(home)).toEqual([])
  // The fold goes on meanwhile, and the checkpoint stays that of its sequence.
  foldUpTo(fleet, 70)
  checkpointer.folded()
  await writer.append(makeEvents(51, 60))
  await eventually('the checkpoint', () => checkpointer.stats().checkpoint_total === 1 || undefined)
  expect(checkpointsOf(home)).toEqual([60])
  await checkpointer.close()
  await writer.close()
  const recovered = await recoverFleet(home, silent, new AbortController().signal)
  expect(recovered).toMatchObject({ next_seq: 61, fleet: { events: 60 } })
})

test('an archive in another epoch gets no checkpoint, though its sequences are higher', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 50)
  await archiveUpTo(home, 100, 'another stream')
  const fleet = makeFleet()
  const { lines, log } = makeLog()
  const checkpointer = makeCheckpointer({ home, fleet, epoch: 1, log, limits: always })
  foldUpTo(fleet, 60)
  checkpointer.folded()
  await eventually('the warning', () => lines.join().includes('another epoch') || undefined)
  await checkpointer.close()
  expect(checkpointsOf(home)).toEqual([])
})

test('a close does not wait for an archive that stands still', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 50)
  const fleet = makeFleet()
  const checkpointer = makeCheckpointer({
    home,
    fleet,
    epoch: 1,
    log: silent,
    limits: { ...always, closing_ms: 50 },
  })
  foldUpTo(fleet, 60)
  checkpointer.folded()
  await checkpointer.close()
  expect(checkpointsOf(home)).toEqual([])
})

test('of a fleet that is dear to copy, checkpoints are rare', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 100)
  const fleet = makeFleet()
  // What took any time at all may come again after ages.
  const limits = { ...always, share: 1e-9 }
  const checkpointer = makeCheckpointer({ home, fleet, epoch: 1, log: silent, limits })
  foldUpTo(fleet, 10)
  checkpointer.folded()
  await eventually('the checkpoint', () => checkpointer.stats().checkpoint_total === 1 || undefined)
  foldUpTo(fleet, 20)
  checkpointer.folded()
  foldUpTo(fleet, 30)
  // The last one is written all the same, and so shows that there was none between.
  await checkpointer.close()
  expect(checkpointer.stats()).toMatchObject({ checkpoint_total: 2, checkpoint_seq: 30 })
})

test('beyond the budget older checkpoints go, never the newest', async () => {
  const home = makeTestHome()
  await archiveUpTo(home, 100)
  const fleet = makeFleet()
  const checkpointer = makeCheckpointer({
    home,
    fleet,
    epoch: 1,
    log: silent,
    limits: { ...always, bytes_max: 1 },
  })
  for (const [i, seq] of [10, 20, 30].entries()) {
    foldUpTo(fleet, seq)
    checkpointer.folded()
    await eventually('the checkpoint', () => checkpointer.stats().checkpoint_total === i + 1 || undefined)
    expect(checkpointsOf(home)).toEqual([seq])
  }
  await checkpointer.close()
})

const why = whyNoDisk('tmpfs')
test.skipIf(why)(
  'a full disk costs the checkpoint and nothing else, and room brings the next one',
  async () => {
    const disk = makeDisk('tmpfs', 4)
    onTestFinished(() => disk.dispose())
    const [full, roomy] = [toHome(disk.path), makeTestHome()]
    const home = { ...full, archive: roomy.archive }
    await archiveUpTo(home, 100)
    const fleet = makeFleet()
    const { lines, log } = makeLog()
    const checkpointer = makeCheckpointer({ home, fleet, epoch: 1, log, limits: always })
    const ballast = join(disk.path, 'ballast')
    fillDisk(ballast)
    foldUpTo(fleet, 10)
    checkpointer.folded()
    await eventually('the failure', () => checkpointer.stats().checkpoint_failed_total || undefined)
    expect(lines.join()).toContain('a later one is tried')
    rmSync(ballast)
    foldUpTo(fleet, 20)
    await eventually('the next one', () => {
      checkpointer.folded()
      return checkpointer.stats().checkpoint_total || undefined
    })
    await checkpointer.close()
    expect(checkpointsOf(home)).toContain(20)
    expect(fleet.events).toBe(20)
  },
)

function fillDisk(path: string): void {
  for (const bytes of [1024 * 1024, 64 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // Full but for less than this.
    }
  }
}
