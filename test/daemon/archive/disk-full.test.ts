// A full disk refuses, loses nothing, and goes on by itself when there is room again.

import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ArchiveReader } from '../../../src/daemon/archive/archive-reader.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { makeDisk, whyNoDisk } from '../../kit/disk.ts'
import { openWriter } from './kit.ts'
import { day_ms, makeEvents, start_ms } from './make-events.ts'

const why = whyNoDisk('tmpfs')
if (why) process.stderr.write(`the tests of a full disk are skipped: ${why}\n`)

/** Batches that do not compress, the number of an event twice in each: a duplicate must stay one over failures. */
const batch = (n: number, day = 0) =>
  makeEvents(n * 20 + 1, n * 20 + 20, (seq) => ({
    agent: 'a',
    agent_seq: n * 10 + ((seq - 1) % 10) + 1,
    text: randomBytes(3000).toString('base64'),
    received_at_ms: start_ms + day * day_ms + seq,
  }))

function makeFullDisk() {
  const disk = makeDisk('tmpfs', 4)
  onTestFinished(() => disk.dispose())
  const ballast = join(disk.path, 'ballast')
  writeFileSync(ballast, Buffer.alloc(1_500_000))
  return { dir: join(disk.path, 'archive'), free: () => rmSync(ballast) }
}

test.skipIf(why)('each refused append can be tried again, and all of it is there once', async () => {
  const { dir, free } = makeFullDisk()
  const writer = await openWriter(dir, { batch: 7, checkpoint_events: 100, now: () => start_ms + 9 * day_ms })
  let n = 0
  let failed: ReturnType<typeof batch> | undefined
  while (!failed) {
    const events = batch(n)
    await writer.append(events).then(
      () => n++,
      (error) => {
        expect(error).toMatchObject({ code: 'disk_full' })
        failed = events
      },
    )
  }
  const before = writer.cursor()
  expect(before.seq).toBe(n * 20)
  for (let i = 0; i < 3; i++) {
    await expect(writer.append(failed)).rejects.toMatchObject({ code: 'disk_full' })
    expect(writer.cursor()).toEqual(before)
  }
  free()
  // Not the append that failed: part of the stream would be left out.
  await writer.append(failed)
  await writer.append(batch(n + 1))
  const cursor = writer.cursor()
  expect(cursor.archived).toBe((n + 2) * 10)
  expect(cursor.duplicate).toBe((n + 2) * 10)
  await writer.close()
  const reader = new ArchiveReader(dir)
  expect([...reader.scan()].length).toBe((n + 2) * 10)
  await reader.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
})

test.skipIf(why)(
  'a partition that has no room is begun later, and an append may not leave out what failed',
  async () => {
    const { dir, free } = makeFullDisk()
    const writer = await openWriter(dir, { now: () => start_ms + 9 * day_ms })
    let n = 0
    while (
      await writer.append(batch(n)).then(
        () => true,
        () => false,
      )
    )
      n++
    // What was staged is written first; what opens a partition is owed.
    const owed = batch(n + 1, 1)
    await expect(writer.append(owed)).rejects.toMatchObject({ code: 'disk_full' })
    free()
    await expect(writer.append(batch(n + 2, 1))).rejects.toThrow('was not brought again')
    await writer.append([...owed, ...batch(n + 2, 1)])
    await writer.close()
    const { findings, totals } = await verifyArchive(dir)
    expect(findings).toEqual([])
    expect(totals).toMatchObject({ partitions: 2, events: (n + 3) * 10 })
  },
)

test.skipIf(why)('a writer closed on a full disk is opened again and goes on', async () => {
  const { dir, free } = makeFullDisk()
  const options = { checkpoint_events: 1_000_000, now: () => start_ms + 9 * day_ms }
  const writer = await openWriter(dir, options)
  let n = 0
  while (
    await writer.append(batch(n)).then(
      () => true,
      () => false,
    )
  )
    n++
  const before = writer.cursor()
  await writer.close()
  const again = await openWriter(dir, options)
  expect(again.cursor()).toEqual(before)
  free()
  await again.append(batch(n))
  await again.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
})

test.skipIf(why)('retention makes room on a full disk, although the anchor has none at first', async () => {
  const { dir } = makeFullDisk()
  let now = start_ms + day_ms
  const writer = await openWriter(dir, { retention_ms: 3 * day_ms, now: () => now })
  const room = async (n: number, day: number) => {
    try {
      await writer.append(batch(n, day))
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'disk_full' })
      return false
    }
  }
  for (let n = 0; n < 10; n++) await room(n, 0)
  let n = 10
  while (await room(n, 1)) n++
  now += 3 * day_ms
  expect(await writer.retention()).toEqual(['2026-11-21'])
  expect(await room(n, 1)).toBe(true)
  await writer.close()
  const { findings, totals } = await verifyArchive(dir)
  expect(findings).toEqual([])
  expect(totals).toMatchObject({ removed_events: 100, events: (n + 1) * 10 - 100 })
})
