// Checkpoints of the live picture in LMDB: bytes in, bytes out. One writer, the aggregator; other processes read.
//
//   meta    epoch u32, seq u64              sealed JSON: what the checkpoint is, its count of chunks, their CRC
//   chunks  epoch u32, seq u64, chunk u32   sealed zstd of a part of the fleet
//
// The meta row is written last and removed first: a checkpoint is seen when it is whole, or not at all. All of it can
// be folded again from the archive, so nothing here is ever worth stopping for.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdDecompressSync } from 'node:zlib'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Logger } from 'pino'
import { findCut } from '../archive/cut-file.ts'
import { type Position, toPositionKey } from '../archive/keys.ts'
import { dataFile } from '../archive/partition.ts'
import { fromSealed, toSealed } from '../archive/sealed.ts'

export type Checkpoint = Position & {
  /** Receive time of the last event in it. */
  at_ms: number
  events: number
  agents: number
  chunks: number
  /** Of the chunks, compressed. */
  bytes: number
  crc: number
}

type Rows = Database<Uint8Array, Uint8Array>

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
const compress = promisify(zstdCompress)
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** One part of a checkpoint as it will be stored; compressed beside the event loop. */
export const packChunk = (chunk: Uint8Array): Promise<Buffer> => compress(chunk, compression)

/** Opens the store to write, and sweeps what a crash left. A store that cannot be opened is made anew. */
export function openCheckpointWriter(dir: string, log: Logger): CheckpointStore {
  mkdirSync(dir, { recursive: true })
  try {
    const store = new CheckpointStore(dir, 'write')
    store.sweep()
    return store
  } catch (error) {
    log.error({ err: error }, 'the checkpoints cannot be opened and are begun anew')
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir, { recursive: true })
    return new CheckpointStore(dir, 'write')
  }
}

/** Undefined while there are no checkpoints that could be read. */
export function openCheckpointReader(dir: string, log: Logger): CheckpointStore | undefined {
  if (!existsSync(join(dir, dataFile))) return undefined
  try {
    return new CheckpointStore(dir, 'read')
  } catch (error) {
    log.warn({ error: String(error) }, 'the checkpoints cannot be opened')
    return undefined
  }
}

export class CheckpointStore {
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #meta: Rows
  readonly #chunks: Rows

  /** Use `openCheckpointWriter` or `openCheckpointReader`. */
  constructor(dir: string, mode: 'read' | 'write') {
    const file = join(dir, dataFile)
    if (existsSync(file) && findCut(file)) throw new Error(`${file} is cut short`)
    // Overlapping sync is off: what a write promises is on the disk.
    this.#root = open<Uint8Array, Uint8Array>(dir, {
      ...binary,
      readOnly: mode === 'read',
      overlappingSync: false,
    })
    try {
      this.#meta = this.#root.openDB({ name: 'meta', ...binary })
      this.#chunks = this.#root.openDB({ name: 'chunks', ...binary })
    } catch (error) {
      void this.#root.close()
      throw error
    }
  }

  /** All that are whole, oldest first. */
  list(): Checkpoint[] {
    return this.#read(() => {
      const checkpoints: Checkpoint[] = []
      for (const { key, value } of this.#meta.getRange()) {
        const sound = fromSealed(toBuffer(key), toBuffer(value))
        if (sound) checkpoints.push(JSON.parse(sound.toString('utf8')) as Checkpoint)
      }
      return checkpoints
    })
  }

  /** The chunks as they were packed, read one by one. Throws on the first that is missing or damaged. */
  *read(checkpoint: Checkpoint): Generator<Buffer> {
    let crc = 0
    for (let chunk = 0; chunk < checkpoint.chunks; chunk++) {
      const key = toChunkKey(checkpoint, chunk)
      const sealed = this.#read(() => this.#chunks.getBinary(key))
      const packed = sealed && fromSealed(key, toBuffer(sealed))
      if (!packed) throw new Error(`its part ${chunk} is ${sealed ? 'damaged' : 'missing'}`)
      crc = crc32(packed, crc)
      yield zstdDecompressSync(packed)
    }
    if (crc !== checkpoint.crc) throw new Error('its parts do not belong together')
  }

  /** On the disk when it resolves. `packed` are chunks of `packChunk`. */
  async write(
    about: Omit<Checkpoint, 'chunks' | 'bytes' | 'crc'>,
    packed: Buffer[],
  ): Promise<Checkpoint> {
    const checkpoint = {
      ...about,
      chunks: packed.length,
      bytes: packed.reduce((sum, each) => sum + each.length, 0),
      crc: packed.reduce((crc, each) => crc32(each, crc), 0),
    }
    await Promise.all(
      packed.map((each, chunk) => {
        const key = toChunkKey(about, chunk)
        return this.#chunks.put(key, toSealed(key, each))
      }),
    )
    const key = toPositionKey(about)
    await this.#meta.put(key, toSealed(key, Buffer.from(JSON.stringify(checkpoint))))
    this.#root.readerCheck()
    return checkpoint
  }

  async remove({ epoch, seq }: Position): Promise<void> {
    await this.#meta.remove(toPositionKey({ epoch, seq }))
    const keys = this.#read(() => [...this.#chunks.getKeys(rangeOf({ epoch, seq }))].map(toBuffer))
    await Promise.all(keys.map((key) => this.#chunks.remove(key)))
  }

  /** Removes what belongs to no checkpoint: parts of one that was never finished, rows that cannot be read. */
  sweep(): void {
    const whole = new Set(this.list().map((each) => toPositionKey(each).toString('hex')))
    const isWhole = (key: Buffer): boolean => whole.has(key.toString('hex', 0, positionLength))
    this.#root.transactionSync(() => {
      for (const rows of [this.#meta, this.#chunks])
        for (const key of [...rows.getKeys()].map(toBuffer)) if (!isWhole(key)) void rows.remove(key)
    })
  }

  async close(): Promise<void> {
    await this.#root.close()
  }

  /** On one snapshot, which is given back at once. */
  #read<T>(read: () => T): T {
    this.#root.resetReadTxn()
    try {
      return read()
    } finally {
      this.#root.resetReadTxn()
    }
  }
}

const positionLength = 12

function toChunkKey(position: Position, chunk: number): Buffer {
  const key = Buffer.allocUnsafe(positionLength + 4)
  toPositionKey(position).copy(key)
  key.writeUInt32BE(chunk, positionLength)
  return key
}

const rangeOf = (position: Position): { start: Buffer; end: Buffer } => ({
  start: toChunkKey(position, 0),
  end: toChunkKey(position, 0xffffffff),
})

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
