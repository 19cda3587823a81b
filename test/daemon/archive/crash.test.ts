// Kill -9 at any moment: what resolved is there, nothing is there twice, and a torn checkpoint harms nothing.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeSeen, observe, toSeenRows } from '../../../src/core/seen.ts'
import { ArchiveReader, loadSeen } from '../../../src/daemon/archive/archive-reader.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { makeDisk, whyNoDisk } from '../../kit/disk.ts'
import { makeFolder, openWriter, runProgram } from './kit.ts'
import { makeEvent, makeEvents, start_ms } from './make-events.ts'

describe('a killed writer', () => {
  test('leaves an archive that holds each event up to its cursor once, round after round', async () => {
    const dir = makeFolder()
    let resolved = 0
    const rounds = fc.sample(fc.integer({ min: 1, max: 60 }), { numRuns: 5, seed: 20261121 })
    for (const appends of rounds) {
      const program = runProgram('crash-writer.ts', dir)
      for (let i = 0; i < appends; i++) resolved = Number((await program.lines.next()).value)
      // No pause: the kill falls into whatever the writer does by now.
      await program.kill()

      const reader = new ArchiveReader(dir)
      const cursor = reader.cursor()
      expect(cursor?.seq).toBeGreaterThanOrEqual(resolved)
      const seqs = [...reader.scan()].map((event) => event.seq)
      expect(seqs).toEqual(Array.from({ length: cursor?.seq ?? 0 }, (_, i) => i + 1))
      const ofAgent = seqs.filter((seq) => seq % 7 === 3)
      expect([...reader.scan({ agent: 'agent-3' })].map((event) => event.seq)).toEqual(ofAgent)
      await reader.close()
      const seen = makeSeen()
      for (const seq of seqs) observe(seen, { agent_id: `agent-${seq % 7}`, agent_seq: seq, run: 'r' })
      expect([...toSeenRows(loadSeen(dir).seen)].sort()).toEqual([...toSeenRows(seen)].sort())
      const verdict = await verifyArchive(dir)
      expect(verdict.findings).toEqual([])
      expect(verdict.totals.events).toBe(seqs.length)
    }
    expect(resolved).toBeGreaterThan(0)
  }, 60_000)

  test('loses its lock to the next one', async () => {
    const dir = makeFolder()
    const program = runProgram('crash-writer.ts', dir)
    await program.lines.next()
    await expect(openWriter(dir)).rejects.toMatchObject({ code: 'archive_locked' })
    await program.kill()
    const writer = await openWriter(dir)
    await writer.close()
  })
})

const why = whyNoDisk('ext4')
if (why) process.stderr.write(`the test of a power cut is skipped: ${why}\n`)

test.skipIf(why)(
  'a power cut takes nothing that had resolved',
  async () => {
    const disk = makeDisk('ext4', 64)
    onTestFinished(() => disk.dispose())
    const dir = join(disk.path, 'archive')
    for (const appends of [3, 40]) {
      const program = runProgram('crash-writer.ts', dir)
      let resolved = 0
      for (let i = 0; i < appends; i++) resolved = Number((await program.lines.next()).value)
      disk.cutPower([program.child.pid as number])
      const reader = new ArchiveReader(dir)
      expect(reader.cursor()?.seq).toBeGreaterThanOrEqual(resolved)
      await reader.close()
      expect((await verifyArchive(dir)).findings).toEqual([])
    }
  },
  60_000,
)

test('readers and verify in another process see a whole archive at every moment of a running writer', async () => {
  const dir = makeFolder()
  const program = runProgram('crash-writer.ts', dir)
  const readers = [new ArchiveReader(dir), new ArchiveReader(dir)]
  let resolved = 0
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 10; i++) resolved = Number((await program.lines.next()).value)
    for (const reader of readers) {
      const agent = round % 2 === 0 ? {} : { agent: 'agent-5' }
      const seqs = [...reader.scan(agent)].map((event) => event.seq)
      const to = Math.max(resolved, seqs.at(-1) ?? 0)
      const wanted = Array.from({ length: to }, (_, i) => i + 1).filter(
        (seq) => round % 2 === 0 || seq % 7 === 5,
      )
      expect(seqs).toEqual(wanted)
      expect(reader.lastOfAgent('agent-5', 10).length).toBeGreaterThanOrEqual(
        Math.min(10, Math.floor((resolved + 2) / 7)),
      )
    }
    expect((await verifyArchive(dir)).findings).toEqual([])
    const { seen, cursor } = loadSeen(dir)
    const agent = seen.numbers.get(`agent-${cursor.seq % 7}`) ?? -1
    expect(seen.next[agent]).toBe(cursor.seq + 1)
  }
  await program.kill()
  for (const reader of readers) await reader.close()
})

describe('the lock', () => {
  test('is refused to a second writer and given back on close', async () => {
    const dir = makeFolder()
    const writer = await openWriter(dir)
    await expect(openWriter(dir)).rejects.toMatchObject({ code: 'archive_locked' })
    await writer.close()
    await (await openWriter(dir)).close()
  })

  test('of a dead process, of one whose number was given out again, or torn, is taken over', async () => {
    const dir = makeFolder()
    for (const text of [
      '{"pid":999999999,"started":"1"}',
      `{"pid":${process.pid},"started":"1"}`,
      '{"pi',
      '',
    ]) {
      writeFileSync(join(dir, 'writer.lock'), text)
      await (await openWriter(dir)).close()
      expect(readdirSync(dir).filter((name) => name.startsWith('writer.lock'))).toEqual([])
    }
  })
})

test('a reader killed in its transaction does not make the file grow', async () => {
  const dir = makeFolder()
  let now = start_ms
  const options = { now: () => now, checkpoint_events: 10 }
  const writer = await openWriter(dir, options)
  await writer.append(makeEvents(1, 10))
  const partition = readdirSync(dir).find((name) => name.startsWith('2026')) as string
  const program = runProgram('holding-reader.ts', join(dir, partition))
  expect((await program.lines.next()).value).toBe('holding')
  await program.kill()
  for (let seq = 11; seq < 600; seq++) {
    now += 100
    await writer.append([makeEvent({ seq, received_at_ms: now })])
  }
  await writer.close()
  expect(statSync(join(dir, partition, 'data.mdb')).size).toBeLessThan(3_000_000)
})

test('left-over folders of a partition being made or removed are swept', async () => {
  const dir = makeFolder()
  const writer = await openWriter(dir)
  await writer.append(makeEvents(1, 10))
  await writer.close()
  for (const name of ['.new-2026-11-22', '.gone-2026-11-20']) {
    rmSync(join(dir, name), { recursive: true, force: true })
    await (await openWriter(join(dir, name))).close()
  }
  await (await openWriter(dir)).close()
  expect(readdirSync(dir)).toEqual(['2026-11-21'])
  expect(readFileSync(join(dir, '2026-11-21', 'data.mdb')).length).toBeGreaterThan(0)
})
