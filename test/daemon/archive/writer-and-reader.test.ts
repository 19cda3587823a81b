// The archive holds exactly what was appended, whatever way it was cut into calls, transactions and processes.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeSeen, observe, type Seen, toSeenRows } from '../../../src/core/seen.ts'
import { ArchiveReader, loadSeen } from '../../../src/daemon/archive/archive-reader.ts'
import type { Quarantined } from '../../../src/daemon/archive/quarantine.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import { makeFolder, openWriter } from './kit.ts'
import { day_ms, type EventSpec, hour_ms, makeEvent, makeEvents, start_ms } from './make-events.ts'

/** What a stream delivers: mostly events, some duplicates, some input to quarantine, some holes. */
const message = fc.record({
  kind: fc.constantFrom('event', 'event', 'event', 'event', 'refused', 'quarantined'),
  skip: fc.constantFrom(0, 0, 0, 0, 0, 3),
  agent: fc.constantFrom('a', 'b', 'c', 'ä "quoted"\n', 'x'.repeat(200)),
  agent_seq: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  run: fc.constantFrom(undefined, 'r1', 'r2'),
  elapsed_ms: fc.constantFrom(0, 1, 1, 1, -5, 40 * 60_000),
  text: fc.constantFrom(undefined, 'multi\nline', '🛰', 'x'.repeat(500)),
})

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never
type Stream = { events: StreamEvent[]; quarantined: Quarantined[]; first: number; last: number }

function toStream(messages: Message[], first: number): Stream {
  const stream: Stream = { events: [], quarantined: [], first, last: first - 1 }
  let now = start_ms
  for (const m of messages) {
    stream.last += 1 + m.skip
    now += m.elapsed_ms
    const seq = stream.last
    if (m.kind === 'quarantined') {
      const bytes = Buffer.from(`raw ${seq}`)
      stream.quarantined.push({
        seq,
        subject: 'beacon.quarantine.a',
        reason: 'no',
        bytes,
        received_at_ms: now,
      })
    } else if (m.kind === 'refused') {
      stream.events.push({ seq, agent_id: m.agent, line: Buffer.from('{"not":"a line"}') })
    } else {
      const spec: EventSpec = { seq, agent: m.agent, received_at_ms: now }
      if (m.agent_seq !== undefined) spec.agent_seq = m.agent_seq
      if (m.run !== undefined) spec.run = m.run
      if (m.text !== undefined) spec.text = m.text
      stream.events.push(makeEvent(spec))
    }
  }
  return stream
}

/** The rule, without an archive. */
function fold(stream: Stream, seen: Seen): { kept: StreamEvent[]; duplicate: number; quarantined: number } {
  const result = { kept: [] as StreamEvent[], duplicate: 0, quarantined: stream.quarantined.length }
  for (const event of stream.events) {
    const text = event.line.toString()
    if (!text.includes('beacon.event.v1')) result.quarantined++
    else if (observe(seen, { agent_id: event.agent_id, ...JSON.parse(text) }) === 'duplicate')
      result.duplicate++
    else result.kept.push(event)
  }
  return result
}

const sorted = (seen: Seen) =>
  [...toSeenRows(seen)]
    .map(([agent, inSeq, ...runs]) => [agent, inSeq, JSON.stringify(pairs(runs).sort())])
    .sort()
const pairs = (list: unknown[]) => list.flatMap((each, i) => (i % 2 === 0 ? [[each, list[i + 1]]] : []))

describe('writer and reader agree', () => {
  test('over any cut into appends, with restarts, redelivery, duplicates, holes and partitions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 60 }),
        fc.array(
          fc.record({ size: fc.integer({ min: 1, max: 25 }), restart: fc.boolean(), again: fc.boolean() }),
          {
            minLength: 1,
          },
        ),
        fc.constantFrom(1, 3, 500),
        fc.constantFrom(4, 20, 250_000),
        fc.integer({ min: 1, max: 1000 }),
        async (messages, cuts, batch, checkpoint_events, first) => {
          const dir = makeFolder()
          const stream = toStream(messages, first)
          let now = start_ms
          const options = {
            batch,
            checkpoint_events,
            retention_ms: day_ms,
            now: () => now,
          }
          let writer = await openWriter(dir, options)
          await writer.beginEpoch({ stream_created: 'one', baseline_seq: first - 1 })
          now += 90 * day_ms
          const all = [...stream.events, ...stream.quarantined].sort((a, b) => a.seq - b.seq)
          for (let at = 0, turn = 0; at < all.length; turn++) {
            const cut = cuts[turn % cuts.length]!
            const begin = cut.again ? Math.max(0, at - 3) : at
            const part = all.slice(begin, at + cut.size)
            await writer.append(
              part.filter((item): item is StreamEvent => 'line' in item),
              part.filter((item): item is Quarantined => 'bytes' in item),
            )
            at += cut.size
            if (cut.restart) {
              await writer.close()
              writer = await openWriter(dir, options)
            }
          }
          const cursor = writer.cursor()
          await writer.close()

          const seen = makeSeen()
          const expected = fold(stream, seen)
          expect(cursor.seq).toBe(stream.last)
          expect(cursor.archived).toBe(expected.kept.length)
          expect(cursor.duplicate).toBe(expected.duplicate)
          expect(cursor.quarantined).toBe(expected.quarantined)
          const { archived, duplicate, quarantined, missing, seq, baseline_seq } = cursor
          expect(archived + duplicate + quarantined + missing).toBe(seq - baseline_seq)

          const reader = new ArchiveReader(dir)
          expect(reader.cursor()).toEqual(cursor)
          const kept = expected.kept.map((event) => `${event.seq} ${event.line}`)
          const read = (options?: Parameters<typeof reader.scan>[0]) =>
            [...reader.scan(options)].map((event) => `${event.seq} ${event.line}`)
          expect(read()).toEqual(kept)
          expect(read({ newestFirst: true })).toEqual([...kept].reverse())
          for (const agent of ['a', 'ä "quoted"\n', 'nobody']) {
            const of = expected.kept.filter((e) => e.agent_id === agent).map((e) => `${e.seq} ${e.line}`)
            expect(read({ agent })).toEqual(of)
            expect(read({ agent, newestFirst: true, limit: 4 })).toEqual([...of].reverse().slice(0, 4))
          }
          expect([...reader.quarantine()].length).toBe(expected.quarantined)
          expect(reader.stats().events).toBe(kept.length)
          await reader.close()
          expect(sorted(loadSeen(dir).seen)).toEqual(sorted(seen))
          const verdict = await verifyArchive(dir)
          expect(verdict.findings.filter((finding) => finding.kind !== 'sequences-missing')).toEqual([])
          expect(verdict.totals.missing).toBe(missing)
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 60) },
    )
  })

  test('ranges of positions and times are cut exactly', async () => {
    const dir = makeFolder()
    const writer = await openWriter(dir, { batch: 7 })
    await writer.append(makeEvents(1, 100))
    await writer.beginEpoch({ stream_created: 'two', baseline_seq: 0 })
    await writer.append(makeEvents(1, 30))
    await writer.close()
    const reader = new ArchiveReader(dir)
    const seqs = (options: Parameters<typeof reader.scan>[0]) =>
      [...reader.scan(options)].map(({ epoch, seq }) => [epoch, seq])
    expect(seqs({ from: { epoch: 0, seq: 97 }, to: { epoch: 1, seq: 2 } })).toEqual([
      [0, 97],
      [0, 98],
      [0, 99],
      [0, 100],
      [1, 1],
      [1, 2],
    ])
    expect(seqs({ since_ms: start_ms + 50, until_ms: start_ms + 52 })).toEqual([
      [0, 50],
      [0, 51],
      [0, 52],
    ])
    expect(seqs({ to: { epoch: 0, seq: 3 }, newestFirst: true, limit: 2 })).toEqual([
      [0, 3],
      [0, 2],
    ])
    expect(seqs({ agent: 'agent-3', from: { epoch: 0, seq: 90 }, to: { epoch: 1, seq: 10 } })).toEqual([
      [0, 94],
      [1, 3],
      [1, 10],
    ])
    await reader.close()
  })

  test('a reader opened before the first event sees events, checkpoints and partitions as they come', async () => {
    const dir = makeFolder()
    let now = start_ms
    const writer = await openWriter(dir, { batch: 10, retention_ms: 2 * day_ms, now: () => now })
    const readers = [new ArchiveReader(dir), new ArchiveReader(dir)]
    expect(readers[0]?.cursor()).toBeUndefined()
    for (let hour = 0; hour < 4; hour++) {
      now = start_ms + hour * hour_ms
      await writer.append(makeEvents(hour * 50 + 1, hour * 50 + 50, () => ({ received_at_ms: now })))
      if (hour % 2 === 1) await writer.checkpoint()
      for (const reader of readers) {
        expect([...reader.scan()].map(({ seq }) => seq)).toEqual(
          Array.from({ length: (hour + 1) * 50 }, (_, i) => i + 1),
        )
        expect(reader.lastOfAgent('agent-1', 2).map(({ seq }) => seq)).toEqual(
          Array.from({ length: (hour + 1) * 50 }, (_, i) => i + 1)
            .filter((seq) => seq % 7 === 1)
            .slice(-2),
        )
        expect(reader.stats().partitions).toBe(hour + 1)
      }
    }
    for (const reader of readers) await reader.close()
    await writer.close()
  })

  test('an append out of order is refused; one that was done is passed over', async () => {
    const writer = await openWriter(makeFolder())
    await expect(writer.append([...makeEvents(5, 6), ...makeEvents(3, 3)])).rejects.toThrow('appended behind')
    await writer.append(makeEvents(1, 10))
    await writer.append(makeEvents(1, 10))
    expect(writer.cursor().archived).toBe(10)
    await writer.close()
  })
})
