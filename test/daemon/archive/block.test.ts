// A block gives back what went in, or says clearly that it is damaged.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeBlock,
  decodeBlockHeader,
  decodeEvents,
  hashOfBlock,
  noHash,
} from '../../../src/daemon/archive/block.ts'
import { BlockBuilder } from '../../../src/daemon/archive/block-builder.ts'

const events = fc
  .array(
    fc.record({
      step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2 ** 34 })),
      line: fc
        .uint8Array({ maxLength: 300 })
        .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte)))),
      received_at_ms: fc.integer({ min: 0, max: 2 ** 42 }),
    }),
    { minLength: 1, maxLength: 300, size: 'large' },
  )
  .map((steps) => {
    let seq = 0
    return steps.map(({ step, line, received_at_ms }) => {
      seq += step
      return { seq, line, received_at_ms }
    })
  })
type Event = { seq: number; line: Buffer; received_at_ms: number }

const builder = new BlockBuilder()
function encodeBlock(epoch: number, list: Event[], before: Buffer): Buffer {
  for (const { seq, line, received_at_ms } of list) builder.add(seq, line, received_at_ms)
  return builder.finish(epoch, before)
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

test('what is encoded is decoded, holes and all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), events, hash, (epoch, list, before) => {
      const bytes = encodeBlock(epoch, list, before)
      const block = decodeBlock(bytes)
      expect(block.ok).toBe(true)
      if (!block.ok) return
      const { header, lines, seqs } = block.value
      expect(seqs).toEqual(list.map(({ seq }) => seq))
      expect(lines.map(String)).toEqual(list.map(({ line }) => String(line)))
      expect(header).toMatchObject({
        epoch,
        count: list.length,
        first_seq: list[0]?.seq,
        last_seq: list.at(-1)?.seq,
      })
      expect(header.received_min_ms).toBe(Math.min(...list.map((each) => each.received_at_ms)))
      expect(header.received_max_ms).toBe(Math.max(...list.map((each) => each.received_at_ms)))
      expect(header.prev_hash.equals(before)).toBe(true)
      const ordinals = list.flatMap((_, i) => (i % 3 === 0 ? [i] : []))
      expect(decodeEvents(bytes, ordinals)).toEqual({
        ok: true,
        value: ordinals.map((i) => ({ seq: list[i]?.seq, line: Buffer.from(list[i]!.line) })),
      })
    }),
  )
})

test('a flipped bit or a cut anywhere is a fault, never a crash and never other events', () => {
  fc.assert(
    fc.property(events, fc.nat(), fc.integer({ min: 0, max: 7 }), fc.boolean(), (list, at, bit, cut) => {
      const bytes = encodeBlock(3, list, noHash)
      const place = at % bytes.length
      const other = Buffer.from(cut ? bytes.subarray(0, place) : bytes)
      if (!cut) other[place]! ^= 1 << bit
      expect(decodeBlock(other).ok).toBe(false)
      expect(decodeEvents(other, [0]).ok).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('bytes that carry a right checksum but lie inside are a fault too', () => {
  fc.assert(
    fc.property(
      events,
      fc.integer({ min: 12, max: 55 }),
      fc.integer({ min: 0, max: 255 }),
      (list, at, value) => {
        const bytes = encodeBlock(3, list, noHash)
        const same = bytes[at] === value
        bytes[at] = value
        const body = bytes.subarray(0, bytes.length - 32)
        createHash('sha256').update(body).digest().copy(bytes, body.length)
        const block = decodeBlock(bytes)
        // Times are the one thing that only the lines themselves can contradict.
        if (!same && (at < 32 || at >= 48)) expect(block.ok).toBe(false)
      },
    ),
    { numRuns: 500 },
  )
})

test('the hash covers the block before', () => {
  const list = [{ seq: 1, line: Buffer.from('{}'), received_at_ms: 0 }]
  const first = encodeBlock(1, list, noHash)
  const second = encodeBlock(1, list, hashOfBlock(first))
  expect(hashOfBlock(first).equals(hashOfBlock(second))).toBe(false)
  const header = decodeBlockHeader(second)
  expect(header.ok && header.value.prev_hash.equals(hashOfBlock(first))).toBe(true)
})
