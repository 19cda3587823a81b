// Partitions follow the receive time and never go back; retention removes whole ones and leaves a chain that verifies.

import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toSeenRows } from '../../../src/core/seen.ts'
import { ArchiveReader, loadSeen } from '../../../src/daemon/archive/archive-reader.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { makeFolder, openWriter } from './kit.ts'
import { day_ms, hour_ms, makeEvent, makeEvents, start_ms } from './make-events.ts'

const foldersOf = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('2'))
const seqsOf = (reader: ArchiveReader) => [...reader.scan()].map((event) => event.seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('an hour each when retention is below three days, a day each from there on', async () => {
  for (const [retention_ms, names] of [
    [3 * day_ms - 1, ['2026-11-21T00', '2026-11-21T01', '2026-11-21T23', '2026-11-22T00']],
    [3 * day_ms, ['2026-11-21', '2026-11-22']],
  ] as const) {
    const dir = makeFolder()
    const writer = await openWriter(dir, { retention_ms, now: () => start_ms + 9 * day_ms })
    const hours = [0, 0.5, 1, 1.9, 23, 24]
    await writer.append(
      hours.map((hour, i) => makeEvent({ seq: i + 1, received_at_ms: start_ms + hour * hour_ms })),
    )
    await writer.close()
    expect(foldersOf(dir)).toEqual(names)
    const reader = new ArchiveReader(dir)
    expect(seqsOf(reader)).toEqual(range(1, 6))
    await reader.close()
    expect((await verifyArchive(dir)).findings).toEqual([])
  }
})

test('never back, and not ahead of our own clock', async () => {
  const dir = makeFolder()
  const writer = await openWriter(dir, { now: () => start_ms + 2 * day_ms })
  const days = [0, 1, 0, 400, 1, 2, 1]
  await writer.append(
    days.map((day, i) => makeEvent({ seq: i + 1, received_at_ms: start_ms + day * day_ms })),
  )
  await writer.close()
  expect(foldersOf(dir)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23'])
  const reader = new ArchiveReader(dir)
  expect(seqsOf(reader)).toEqual(range(1, 7))
  await reader.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
})

test('retention removes what is older, keeps the newest, and the rest verifies', async () => {
  const dir = makeFolder()
  let now = start_ms
  const writer = await openWriter(dir, { retention_ms: 3 * day_ms, now: () => now, batch: 10 })
  await writer.beginEpoch({ stream_created: 'one', baseline_seq: 0 })
  for (let day = 0; day < 6; day++) {
    now = start_ms + day * day_ms
    await writer.append(
      makeEvents(day * 50 + 1, day * 50 + 50, (seq) => ({ received_at_ms: now, agent_seq: seq })),
    )
  }
  const reader = new ArchiveReader(dir)
  const reading = reader.scan()
  expect(reading.next().value?.seq).toBe(1)

  expect(await writer.retention()).toEqual(['2026-11-21', '2026-11-22'])
  // A scan that is under way reads on in what it has open, and then in what is left.
  expect(range(2, 50)).toEqual(Array.from({ length: 49 }, () => reading.next().value?.seq))
  expect([...reading].map((event) => event.seq)).toEqual(range(101, 300))
  expect(seqsOf(reader)).toEqual(range(101, 300))
  expect(reader.stats()).toMatchObject({ partitions: 4, events: 200, oldest_ms: start_ms + 2 * day_ms })
  const verdict = await verifyArchive(dir)
  expect(verdict.findings).toEqual([])
  expect(verdict.totals).toMatchObject({ events: 200, removed_events: 100 })

  now += 100 * day_ms
  expect(await writer.retention()).toEqual(['2026-11-23', '2026-11-24', '2026-11-25'])
  expect(await writer.retention()).toEqual([])
  await writer.append(makeEvents(301, 310, () => ({ received_at_ms: now })))
  await writer.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
  expect(loadSeen(dir).seen.numbers.size).toBe(7)
  // The anchor moved on to the newest partition, so that the one it stood in may go.
  const again = await openWriter(dir, { retention_ms: 3 * day_ms, now: () => now })
  expect(await again.retention()).toEqual(['2026-11-26'])
  await again.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
  await reader.close()
})

test('a removal that a crash cut short is finished by the next writer', async () => {
  const dir = makeFolder()
  const writer = await openWriter(dir, { now: () => start_ms + 99 * day_ms })
  for (const day of [0, 1]) {
    await writer.append([makeEvent({ seq: day + 1, received_at_ms: start_ms + day * day_ms })])
  }
  cpSync(join(dir, '2026-11-21'), join(dir, 'kept'), { recursive: true })
  await writer.retention()
  await writer.close()
  cpSync(join(dir, 'kept'), join(dir, '2026-11-21'), { recursive: true })
  rmSync(join(dir, 'kept'), { recursive: true })
  expect((await verifyArchive(dir)).findings).toEqual([])
  await (await openWriter(dir)).close()
  expect(foldersOf(dir)).toEqual(['2026-11-22'])
})

test('a partition that a crash left unsealed is sealed by the next writer, and reads right before that', async () => {
  const dir = makeFolder()
  const options = { batch: 10, now: () => start_ms + 9 * day_ms }
  const writer = await openWriter(dir, options)
  await writer.append(makeEvents(1, 50))
  cpSync(join(dir, '2026-11-21'), join(dir, 'kept'), { recursive: true })
  await writer.append([makeEvent({ seq: 51, received_at_ms: start_ms + day_ms })])
  await writer.close()
  rmSync(join(dir, '2026-11-21'), { recursive: true })
  cpSync(join(dir, 'kept'), join(dir, '2026-11-21'), { recursive: true })
  rmSync(join(dir, 'kept'), { recursive: true })

  const reader = new ArchiveReader(dir)
  const find = () => [...reader.scan({ agent: 'agent-2' })].map((event) => event.seq)
  const expected = range(1, 51).filter((seq) => seq % 7 === 2)
  expect(find()).toEqual(expected)
  await reader.close()
  expect((await verifyArchive(dir)).findings).toEqual([])
  await (await openWriter(dir, options)).append([])
  expect((await verifyArchive(dir)).findings).toEqual([])
})

test('a new stream begins a new epoch; its sequences count anew and the books still balance', async () => {
  const dir = makeFolder()
  const writer = await openWriter(dir, { batch: 10 })
  await writer.beginEpoch({ stream_created: 'one', baseline_seq: 10 })
  await writer.append(makeEvents(11, 30, (seq) => ({ in_seq: seq, agent: 'a' })))
  await writer.beginEpoch({ stream_created: 'two', baseline_seq: 0 })
  // BEACON_IN was made anew as well: its low sequences are no duplicates.
  await writer.append(makeEvents(1, 5, (seq) => ({ in_seq: seq, agent: 'a' })))
  expect(writer.cursor()).toMatchObject({
    epoch: 2,
    seq: 5,
    stream_created: 'two',
    archived: 25,
    duplicate: 0,
  })
  expect(writer.cursor().baseline_seq).toBe(-20)
  await writer.close()
  expect([...toSeenRows(loadSeen(dir).seen)]).toEqual([['a', 5, '', []]])
  const reader = new ArchiveReader(dir)
  expect([...reader.scan({ agent: 'a' })].map(({ epoch, seq }) => `${epoch}/${seq}`)).toEqual([
    ...range(11, 30).map((seq) => `1/${seq}`),
    ...range(1, 5).map((seq) => `2/${seq}`),
  ])
  await reader.close()
  const again = await openWriter(dir)
  await again.beginEpoch({ stream_created: 'three', baseline_seq: 0 })
  await again.close()
  expect([...toSeenRows(loadSeen(dir).seen)]).toEqual([])
  expect((await verifyArchive(dir)).findings).toEqual([])
})
