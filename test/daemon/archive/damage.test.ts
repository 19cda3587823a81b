// Whatever is changed behind the archive's back: verify names it, and readers give right answers or say that they cannot.

import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { toSeenRows } from '../../../src/core/seen.ts'
import { ArchiveReader, loadSeen, openArchiveReader } from '../../../src/daemon/archive/archive-reader.ts'
import { noHash } from '../../../src/daemon/archive/block.ts'
import { BlockBuilder } from '../../../src/daemon/archive/block-builder.ts'
import { archiveFormat, putMeta } from '../../../src/daemon/archive/cursor.ts'
import type { DatabaseName } from '../../../src/daemon/archive/environment.ts'
import { metaKeys, toExtentKey, toPositionKey } from '../../../src/daemon/archive/keys.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { flip, makeFolder, openWriter, tamper } from './kit.ts'
import { day_ms, makeEvent, makeEvents, start_ms } from './make-events.ts'

const partitions = ['2026-11-21', '2026-11-22', '2026-11-23']
const [first, middle, last] = partitions as [string, string, string]

/** Three days with 100 events each in blocks of 10; checkpoints each 40, so the newest has tail rows as well. */
async function makeArchive(dir: string): Promise<void> {
  let now = start_ms
  const writer = await openWriter(dir, { batch: 10, checkpoint_events: 40, now: () => now })
  await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
  now += 9 * day_ms
  for (let seq = 1; seq <= 300; seq += 10) {
    const events = makeEvents(seq, seq + 9, (each) => ({
      received_at_ms: start_ms + Math.floor((each - 1) / 100) * day_ms + each,
      agent_seq: each,
    }))
    await writer.append(seq === 101 ? events.slice(0, -1) : events, seq === 101 ? [quarantined(110)] : [])
  }
  // Killed rather than closed: the tail stays.
  cpSync(dir, `${dir}-copy`, { recursive: true })
  await writer.close()
  rmSync(dir, { recursive: true })
  cpSync(`${dir}-copy`, dir, { recursive: true })
  rmSync(`${dir}-copy`, { recursive: true })
  rmSync(join(dir, 'writer.lock'))
}

const quarantined = (seq: number) => ({
  seq,
  subject: 'beacon.quarantine.x',
  reason: 'no agent_id',
  bytes: Buffer.from('{}'),
  received_at_ms: start_ms,
})

let dir: string
beforeEach(async () => {
  dir = makeFolder()
  await makeArchive(dir)
})

const kinds = async () => [...new Set((await verifyArchive(dir)).findings.map((each) => each.kind))].sort()
const findings = async () => (await verifyArchive(dir)).findings

function seqs(options: Parameters<ArchiveReader['scan']>[0]): number[] {
  const reader = new ArchiveReader(dir)
  try {
    return [...reader.scan(options)].map((event) => event.seq)
  } finally {
    void reader.close()
  }
}
const expected = Array.from({ length: 300 }, (_, i) => i + 1).filter((seq) => seq !== 110)
const ofAgent3 = expected.filter((seq) => seq % 7 === 3)

/** Flips a bit in one row's value. */
const flipRow = (partition: string, database: DatabaseName, key: Buffer) =>
  tamper(dir, partition, (environment, put) => put(database, key, flip(environment.get(database, key)!)))
const block = (seq: number) => toPositionKey({ epoch: 1, seq })

test('an archive that nobody touched has no findings', async () => {
  const { findings, totals } = await verifyArchive(dir)
  expect(findings).toEqual([])
  expect(totals).toMatchObject({ partitions: 3, blocks: 30, events: 299, quarantined: 1, missing: 0 })
  expect(seqs({})).toEqual(expected)
})

describe('a block', () => {
  test('with a bit flipped in the file is named; the scan stops there, or passes over it when asked', async () => {
    let stored: Buffer = Buffer.alloc(0)
    await tamper(dir, middle, (environment) => {
      stored = environment.get('blocks', block(141))!
    })
    const path = join(dir, middle, 'data.mdb')
    const bytes = readFileSync(path)
    // The same block may stand in pages that are free by now.
    for (let at = bytes.indexOf(stored); at >= 0; at = bytes.indexOf(stored, at + 1)) bytes[at + 150]! ^= 1
    writeFileSync(path, bytes)
    const found = await findings()
    expect(found[0]).toMatchObject({ kind: 'block-damaged', place: '2026-11-22 1/141' })
    expect(await kinds()).toEqual(['block-damaged', 'books-unbalanced', 'counts-differ'])
    expect(() => seqs({})).toThrow('The archive is damaged')
    const passed: number[] = []
    const rest = seqs({ onDamage: (_, { seq }) => void passed.push(seq) })
    expect(passed).toEqual([141])
    expect(rest).toEqual(expected.filter((seq) => seq <= 140 || seq > 150))
    expect(() => seqs({ agent: 'agent-1' })).toThrow('The archive is damaged')
  })

  test('that was removed leaves a broken chain, a hole in the index and unbalanced books', async () => {
    await tamper(dir, middle, (_, __, remove) => remove('blocks', block(141)))
    expect(await kinds()).toEqual(['books-unbalanced', 'chain-broken', 'counts-differ', 'index-differs'])
    const chain = (await findings()).find((each) => each.kind === 'chain-broken')
    expect(chain?.place).toBe('2026-11-22 1/151')
  })

  test('removed from the very end is missed too', async () => {
    await tamper(dir, last, (_, __, remove) => remove('blocks', block(291)))
    const chain = (await findings()).find((each) => each.kind === 'chain-broken')
    expect(chain?.place).toBe('cursor 1/300')
  })

  test('written anew with right checksums breaks the chain behind it', async () => {
    const builder = new BlockBuilder()
    for (const { seq, line } of makeEvents(141, 150)) builder.add(seq, line, start_ms + seq)
    await tamper(dir, middle, (_, put) => put('blocks', block(141), builder.finish(1, noHash)))
    const found = await findings()
    expect(found.filter((each) => each.kind === 'chain-broken').map((each) => each.place)).toEqual([
      '2026-11-22 1/141',
      '2026-11-22 1/151',
    ])
  })

  test('with a number stored twice is named', async () => {
    const builder = new BlockBuilder()
    const again = makeEvent({ seq: 141, agent: 'agent-3', agent_seq: 3 })
    for (const { seq, line } of [again, ...makeEvents(142, 150)]) builder.add(seq, line, start_ms + seq)
    await tamper(dir, middle, (_, put) => put('blocks', block(141), builder.finish(1, noHash)))
    expect(await kinds()).toContain('event-repeated')
  })

  test('that names another agent than the index does is named', async () => {
    const builder = new BlockBuilder()
    for (const { seq, line } of makeEvents(141, 150, () => ({ agent: 'other' })))
      builder.add(seq, line, start_ms)
    await tamper(dir, middle, (_, put) => put('blocks', block(141), builder.finish(1, noHash)))
    expect(await kinds()).toContain('index-differs')
  })
})

describe('a partition', () => {
  test.each(partitions)('%s that was removed is missed', async (name) => {
    rmSync(join(dir, name), { recursive: true })
    const found = await findings()
    expect(found.map((each) => each.kind)).toContain(name === first ? 'chain-broken' : 'partition-missing')
    if (name !== first)
      expect(found.find((each) => each.kind === 'partition-missing')?.message).toContain(name)
  })

  test('whose file was cut short is named and not read', async () => {
    const writer = await openWriter(dir, { now: () => start_ms + 9 * day_ms })
    const text = () => ({ text: randomBytes(1000).toString('hex') })
    await writer.append(makeEvents(301, 1300, text))
    await writer.close()
    truncateSync(join(dir, last, 'data.mdb'), 8192 * 2)
    const found = await findings()
    expect(found.find((each) => each.kind === 'partition-unreadable')?.place).toBe(last)
    expect(() => seqs({})).toThrow('cut short')
    await expect(openWriter(dir)).rejects.toMatchObject({ code: 'archive_damaged' })
  })

  test('made by a newer Beacon is refused', async () => {
    await tamper(dir, last, (_, put) => putMeta(put, 'format', archiveFormat + 1))
    await expect(openWriter(dir)).rejects.toMatchObject({ code: 'archive_damaged' })
    expect(await kinds()).toContain('partition-unreadable')
  })
})

describe('the agent index', () => {
  const pages = (environment: { rows: (name: 'index') => Iterable<{ key: Buffer; value: Buffer }> }) =>
    [...environment.rows('index')].filter(({ key }) => key.length === 12)

  test('with damaged pages is named, and an agent is found all the same', async () => {
    await tamper(dir, middle, (environment, put) => {
      for (const { key, value } of pages(environment)) put('index', key, flip(value))
    })
    expect(await kinds()).toEqual(['index-damaged'])
    expect(seqs({ agent: 'agent-3' })).toEqual(ofAgent3)
    expect(seqs({ agent: 'agent-3', newestFirst: true, limit: 25 })).toEqual(
      [...ofAgent3].reverse().slice(0, 25),
    )
    const from = { epoch: 1, seq: 150 }
    expect(seqs({ agent: 'agent-3', from })).toEqual(ofAgent3.filter((seq) => seq >= 150))
  })

  test.each([[[1]], [[2]], [[1, 2]], [[1, 2, 3]]])('without the extents %j', async (numbers) => {
    for (const number of numbers) await flipRow(middle, 'index', toExtentKey(number))
    expect(await kinds()).toEqual(['index-damaged'])
    expect(seqs({ agent: 'agent-3' })).toEqual(ofAgent3)
    expect(seqs({ agent: 'agent-3', newestFirst: true })).toEqual([...ofAgent3].reverse())
  })

  test('with a damaged tail row, which the writer makes anew', async () => {
    await flipRow(last, 'tail', block(291))
    expect(await kinds()).toEqual(['index-damaged'])
    expect(seqs({ agent: 'agent-3' })).toEqual(ofAgent3)
    await (await openWriter(dir)).close()
    expect(await kinds()).toEqual([])
    expect(seqs({ agent: 'agent-3' })).toEqual(ofAgent3)
  })
})

describe('a small row', () => {
  test('of the duplicate rule: the state is folded anew from the blocks', async () => {
    const before = [...toSeenRows(loadSeen(dir).seen)].sort()
    await flipRow(last, 'meta', metaKeys.seen(0))
    expect(await kinds()).toEqual(['row-damaged'])
    expect([...toSeenRows(loadSeen(dir).seen)].sort()).toEqual(before)
    const writer = await openWriter(dir)
    await writer.append([makeEvent({ seq: 301, agent: 'agent-3', agent_seq: 3 })])
    expect(writer.cursor().duplicate).toBe(1)
    await writer.checkpoint()
    await writer.close()
    expect(await kinds()).toEqual([])
  })

  test.each(['cursor', 'partition', 'checkpoint', 'format'] as const)('%s is named', async (name) => {
    await flipRow(last, 'meta', metaKeys[name])
    expect(await kinds()).toContain('row-damaged')
    await expect(openWriter(dir)).rejects.toMatchObject({ code: 'archive_damaged' })
  })

  test('of the quarantine is named', async () => {
    await flipRow(middle, 'quarantine', block(110))
    expect(await findings()).toMatchObject([{ kind: 'row-damaged', place: '2026-11-22 1/110' }])
  })

  test('whose counters were changed does not balance', async () => {
    const { cursor } = loadSeen(dir)
    await tamper(dir, last, (_, put) => putMeta(put, 'cursor', { ...cursor, duplicate: 5 }))
    expect(await kinds()).toEqual(['books-unbalanced'])
  })
})

test('sequences that the stream lost are counted and named', async () => {
  const writer = await openWriter(dir)
  await writer.append([makeEvent({ seq: 305 })])
  await writer.close()
  const { findings, totals } = await verifyArchive(dir)
  expect(findings.map((each) => each.kind)).toEqual(['sequences-missing'])
  expect(totals.missing).toBe(4)
})

test('no archive is no damage', async () => {
  const empty = makeFolder()
  expect(() => openArchiveReader(empty)).toThrow('There is no archive here')
  await expect(verifyArchive(empty)).rejects.toMatchObject({ code: 'archive_missing' })
  expect(() => loadSeen(empty)).toThrow('There is no archive here')
  expect(readdirSync(empty)).toEqual([])
})
