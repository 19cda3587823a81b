// A block: up to a batch of event lines, compressed, with what a reader needs to skip it and a SHA-256 over
// everything, including the hash of the block before it. The hashes make the archive a chain.
//
//   offset  bytes
//        0      4  magic `BCNB`
//        4      1  version
//        5      1  reserved, zero
//        6      2  events of a frame
//        8      4  epoch
//       12      4  count of events, at least 1
//       16      8  first sequence
//       24      8  last sequence
//       32      8  lowest received_at, milliseconds
//       40      8  highest received_at
//       48      4  length of the lines before compression
//       52      4  length of the payload
//       56     32  hash of the block before, zeros in the first
//       88      n  payload
//   88 + n     32  SHA-256 of the 88 + n bytes before it
//
// Numbers are big endian. The payload holds, as varints, the number of holes in the sequences and for each the ordinals
// since the last one and the sequences left out; then for each frame its compressed and raw length; then the frames:
// zstd over lines, each ended by a line feed. A block has several frames so that one event costs a part of it only.

import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { err, ok, type Result } from '../../core/result.ts'
import { readVarint } from './varint.ts'

export type BlockHeader = {
  frame_events: number
  epoch: number
  count: number
  first_seq: number
  last_seq: number
  received_min_ms: number
  received_max_ms: number
  raw_len: number
  payload_len: number
  prev_hash: Buffer
  hash: Buffer
}

export type Block = {
  header: BlockHeader
  /** Sequence of the event at an ordinal. */
  seqs: number[]
  /** Raw lines, without the line feed. */
  lines: Buffer[]
}

/** Why bytes are no block: cut short, not a block at all, of another version, changed, or inconsistent inside. */
export type BlockFault = 'truncated' | 'not_a_block' | 'version' | 'checksum' | 'payload'

export const blockMagic = 0x42434e42
export const blockVersion = 1
export const blockHeaderLength = 88
export const hashLength = 32
/** The `prev_hash` of the first block of an archive. */
export const noHash: Buffer = Buffer.alloc(hashLength)
/** The lines of a block are never longer: it bounds what a wrong header can make us allocate. */
export const rawLengthMax = 128 * 1024 * 1024
export const lineFeed = 10

/** The hash that the next block carries as its `prev_hash`. */
export const hashOfBlock = (block: Buffer): Buffer => block.subarray(block.length - hashLength)

/** The header alone, its lengths in bounds but the checksum not verified: enough to skip a block. */
export function decodeBlockHeader(bytes: Buffer): Result<BlockHeader, BlockFault> {
  if (bytes.length < blockHeaderLength + hashLength) return err('truncated')
  if (bytes.readUInt32BE(0) !== blockMagic) return err('not_a_block')
  if (bytes[4] !== blockVersion) return err('version')
  const header = {
    frame_events: bytes.readUInt16BE(6),
    epoch: bytes.readUInt32BE(8),
    count: bytes.readUInt32BE(12),
    first_seq: readUint64(bytes, 16),
    last_seq: readUint64(bytes, 24),
    received_min_ms: readUint64(bytes, 32),
    received_max_ms: readUint64(bytes, 40),
    raw_len: bytes.readUInt32BE(48),
    payload_len: bytes.readUInt32BE(52),
    prev_hash: bytes.subarray(56, 56 + hashLength),
    hash: hashOfBlock(bytes),
  }
  const length = blockHeaderLength + header.payload_len + hashLength
  return bytes.length === length ? ok(header) : err('truncated')
}

/** The whole block, proven by its checksum. */
export function decodeBlock(bytes: Buffer): Result<Block, BlockFault> {
  const opened = openBlock(bytes)
  if (!opened.ok) return opened
  const { header, frames } = opened.value
  const lines: Buffer[] = []
  for (let i = 0; i < frames.length; i++) {
    const ofFrame = readLines(opened.value, i)
    if (!ofFrame) return err('payload')
    for (const line of ofFrame) lines.push(line)
  }
  return ok({ header, seqs: toSeqs(opened.value), lines })
}

/** Only the events at `ordinals`, which ascend. */
export function decodeEvents(
  bytes: Buffer,
  ordinals: number[],
): Result<{ seq: number; line: Buffer }[], BlockFault> {
  const opened = openBlock(bytes)
  if (!opened.ok) return opened
  const { frame_events } = opened.value.header
  const seqs = toSeqs(opened.value)
  const events: { seq: number; line: Buffer }[] = []
  let frame = -1
  let lines: Buffer[] | undefined
  for (const ordinal of ordinals) {
    const wanted = Math.floor(ordinal / frame_events)
    if (wanted !== frame) lines = readLines(opened.value, wanted)
    frame = wanted
    const line = lines?.[ordinal - frame * frame_events]
    const seq = seqs[ordinal]
    if (line === undefined || seq === undefined) return err('payload')
    events.push({ seq, line })
  }
  return ok(events)
}

type Frame = { start: number; length: number; raw_len: number }
type Hole = { ordinal: number; left_out: number }
type OpenedBlock = { bytes: Buffer; header: BlockHeader; holes: Hole[]; frames: Frame[] }

/** Everything but the lines. The bounds are checked although the checksum held: they protect from a wrong writer as well. */
function openBlock(bytes: Buffer): Result<OpenedBlock, BlockFault> {
  const decoded = decodeBlockHeader(bytes)
  if (!decoded.ok) return decoded
  const header = decoded.value
  const hashAt = bytes.length - hashLength
  if (!hash('sha256', bytes.subarray(0, hashAt), 'buffer').equals(header.hash)) return err('checksum')
  const { count, frame_events, raw_len } = header
  if (count < 1 || count > raw_len || raw_len > rawLengthMax || frame_events < 1) return err('payload')
  const payload = bytes.subarray(0, hashAt)
  const cursor = { at: blockHeaderLength }
  const holes = readHoles(payload, cursor, header)
  const frames = holes && readFrames(payload, cursor, header)
  return holes && frames ? ok({ bytes, header, holes, frames }) : err('payload')
}

function readHoles(payload: Buffer, cursor: { at: number }, header: BlockHeader): Hole[] | undefined {
  const length = readVarint(payload, cursor)
  if (length === undefined || length >= header.count) return length === 0 ? [] : undefined
  const holes: Hole[] = []
  let ordinal = 0
  let last_seq = header.first_seq + header.count - 1
  for (let i = 0; i < length; i++) {
    const step = readVarint(payload, cursor)
    const left_out = readVarint(payload, cursor)
    if (!step || !left_out) return undefined
    ordinal += step
    last_seq += left_out
    holes.push({ ordinal, left_out })
  }
  return ordinal < header.count && last_seq === header.last_seq ? holes : undefined
}

function readFrames(payload: Buffer, cursor: { at: number }, header: BlockHeader): Frame[] | undefined {
  const lengths: { length: number; raw_len: number }[] = []
  let raw = 0
  for (let i = 0; i < Math.ceil(header.count / header.frame_events); i++) {
    const length = readVarint(payload, cursor)
    const raw_len = readVarint(payload, cursor)
    if (length === undefined || raw_len === undefined) return undefined
    raw += raw_len
    lengths.push({ length, raw_len })
  }
  if (raw !== header.raw_len) return undefined
  let start = cursor.at
  const frames = lengths.map(({ length, raw_len }) => {
    start += length
    return { start: start - length, length, raw_len }
  })
  return start === payload.length ? frames : undefined
}

/** The lines of one frame; undefined when it does not hold as many as it must. */
function readLines({ bytes, header, frames }: OpenedBlock, index: number): Buffer[] | undefined {
  const frame = frames[index]
  if (!frame) return undefined
  const raw = decompress(bytes.subarray(frame.start, frame.start + frame.length), frame.raw_len)
  if (!raw) return undefined
  const lines: Buffer[] = []
  for (let at = 0; at < raw.length; ) {
    const end = raw.indexOf(lineFeed, at)
    if (end < 0) return undefined
    lines.push(raw.subarray(at, end))
    at = end + 1
  }
  const count = Math.min(header.frame_events, header.count - index * header.frame_events)
  return lines.length === count ? lines : undefined
}

function decompress(frame: Buffer, rawLength: number): Buffer | undefined {
  try {
    const raw = zstdDecompressSync(frame, {
      chunkSize: Math.max(64, rawLength),
      maxOutputLength: Math.max(1, rawLength),
    })
    return raw.length === rawLength ? raw : undefined
  } catch {
    return undefined
  }
}

function toSeqs({ header, holes }: OpenedBlock): number[] {
  const seqs: number[] = []
  let seq = header.first_seq
  let next = 0
  for (let ordinal = 0; ordinal < header.count; ordinal++, seq++) {
    const hole = holes[next]
    if (hole?.ordinal === ordinal) {
      seq += hole.left_out
      next++
    }
    seqs.push(seq)
  }
  return seqs
}

const readUint64 = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 0x100000000 + bytes.readUInt32BE(at + 4)
