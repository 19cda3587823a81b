// Checkpoints of the live picture: bytes in, bytes out, a file for each. One writer, the aggregator; anybody reads.
//
// `<epoch>-<seq>-<at_ms>.checkpoint`, in fixed width, so that names sort as the stream does: parts, each with its length
// (u32), its CRC-32 (u32) and zstd. A file is written aside, flushed and renamed: it is seen when it is whole, or not at
// all. Writing, flushing and removing happen beside the event loop, and a damaged file can crash nobody. The empty part
// at the end tells a file that was cut short.

import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdDecompressSync } from 'node:zlib'
import type { Position } from '../archive/keys.ts'

export type Checkpoint = Position & {
  /** Receive time of the last event in it. */
  at_ms: number
  /** Size of the file. */
  bytes: number
}

const compress = promisify(zstdCompress)
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** One part of a fleet as it is stored; compressed beside the event loop. */
export const packPart = (part: Uint8Array): Promise<Buffer> => compress(part, compression)
export const unpackPart = (packed: Buffer): Buffer => zstdDecompressSync(packed)

const extension = '.checkpoint'
const making = '.making-'
const pattern = /^(\d{10})-(\d{16})-(\d{16})\.checkpoint$/
const head_bytes = 8

/** All that are whole, oldest first. None where there is no such folder. */
export function listCheckpoints(dir: string): Checkpoint[] {
  const checkpoints: Checkpoint[] = []
  for (const name of namesIn(dir).sort()) {
    const [, epoch, seq, at_ms] = pattern.exec(name) ?? []
    const bytes = statSync(join(dir, name), { throwIfNoEntry: false })?.size
    if (epoch !== undefined && bytes !== undefined)
      checkpoints.push({ epoch: Number(epoch), seq: Number(seq), at_ms: Number(at_ms), bytes })
  }
  return checkpoints
}

/** Makes the folder, and removes what a crash left half written in it. */
export function prepareCheckpoints(dir: string): void {
  mkdirSync(dir, { recursive: true })
  for (const name of namesIn(dir)) if (name.startsWith(making)) rmSync(join(dir, name))
}

/** The parts of a checkpoint, read one by one. Throws on the first that is damaged, and when it ends too early. */
export function* readCheckpoint(dir: string, checkpoint: Checkpoint): Generator<Buffer> {
  const file = openSync(join(dir, nameOf(checkpoint)), 'r')
  try {
    for (let part = 0; ; part++) {
      const head = readBytes(file, head_bytes)
      const length = head?.readUInt32BE(0) ?? 0
      const packed = length > checkpoint.bytes ? undefined : readBytes(file, length)
      if (!head || !packed) throw new Error(`it ends in its part ${part}`)
      if (head.readUInt32BE(4) !== crc32(packed)) throw new Error(`its part ${part} was changed`)
      if (length === 0) return
      yield unpackPart(packed)
    }
  } finally {
    closeSync(file)
  }
}

/** On the disk when it resolves. When it rejects, nothing of it is left. */
export async function writeCheckpoint(
  dir: string,
  position: Omit<Checkpoint, 'bytes'>,
  packed: Buffer[],
): Promise<Checkpoint> {
  const path = join(dir, nameOf(position))
  const aside = join(dir, `${making}${process.pid}`)
  try {
    const file = await open(aside, 'w')
    try {
      for (const part of [...packed, Buffer.alloc(0)]) await file.writeFile(toSection(part))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
    await syncFolder(dir)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  return { ...position, bytes: packed.reduce((sum, part) => sum + head_bytes + part.length, head_bytes) }
}

export async function removeCheckpoint(dir: string, checkpoint: Checkpoint): Promise<void> {
  await rm(join(dir, nameOf(checkpoint)), { force: true })
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

const nameOf = ({ epoch, seq, at_ms }: Omit<Checkpoint, 'bytes'>): string =>
  `${digits(epoch, 10)}-${digits(seq, 16)}-${digits(at_ms, 16)}${extension}`

const digits = (value: number, width: number): string => String(value).padStart(width, '0')

function toSection(part: Buffer): Buffer {
  const section = Buffer.allocUnsafe(head_bytes + part.length)
  section.writeUInt32BE(part.length, 0)
  section.writeUInt32BE(crc32(part), 4)
  part.copy(section, head_bytes)
  return section
}

/** Undefined when the file ends before. */
function readBytes(file: number, length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length)
  return readSync(file, bytes, 0, length, null) === length ? bytes : undefined
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
