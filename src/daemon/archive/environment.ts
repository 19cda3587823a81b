// One partition's LMDB environment and its named databases.
//
// Overlapping sync is off: a commit that returned is on the disk, in LMDB's plainest and best proven mode. (With it
// on, lmdb-js commits first and flushes later, and its promise for a synchronous transaction does not wait for the flush.)

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { findCut } from './cut-file.ts'
import { damaged } from './damaged.ts'
import { dataFile } from './partition.ts'

type Rows = Database<Uint8Array, Uint8Array>
export type Row = { key: Buffer; value: Buffer }
export type Range = { start?: Buffer; end?: Buffer; reverse?: boolean; limit?: number; after?: Buffer }

export const databaseNames = ['blocks', 'tail', 'index', 'quarantine', 'bars', 'meta'] as const
export type DatabaseName = (typeof databaseNames)[number]

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const

export class Environment {
  readonly name: string
  readonly path: string
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  /** A reader finds no `bars` in a partition that was closed before there were reports. */
  readonly #databases = new Map<DatabaseName, Rows>()

  /** Throws ENOENT when a reader finds no such partition (any more). */
  constructor(dir: string, name: string, mode: 'read' | 'write') {
    this.name = name
    this.path = join(dir, name)
    const readOnly = mode === 'read'
    const file = join(this.path, dataFile)
    if (existsSync(file)) {
      const cut = findCut(file)
      if (cut) throw damaged(name, `its file of ${cut.has} bytes, cut short from more than ${cut.needs},`)
    } else if (readOnly) {
      throw Object.assign(new Error(`no partition ${name}`), { code: 'ENOENT' })
    }
    this.#root = open<Uint8Array, Uint8Array>(this.path, {
      ...binary,
      readOnly,
      overlappingSync: false,
    })
    try {
      for (const name of databaseNames) this.#find(name)
    } catch (error) {
      void this.#root.close()
      throw error
    }
  }

  /** Runs `read` on one snapshot and ends the transaction before returning: no reader of ours ever holds pages back. */
  read<T>(read: () => T): T {
    this.#root.resetReadTxn()
    try {
      return read()
    } finally {
      this.#root.resetReadTxn()
    }
  }

  get(database: DatabaseName, key: Buffer): Buffer | undefined {
    const value = this.#find(database)?.getBinary(key)
    return value && toBuffer(value)
  }

  /** Rows from `start` (or behind `after`) to before `end`, copied; in reverse `start` is the highest. */
  *rows(database: DatabaseName, range: Range = {}): Generator<Row> {
    const { after, ...rest } = range
    const options = after ? { ...rest, start: after, exclusiveStart: true } : rest
    for (const { key, value } of this.#find(database)?.getRange(options) ?? []) {
      yield { key: toBuffer(key), value: toBuffer(value) }
    }
  }

  *keys(database: DatabaseName, range: Range = {}): Generator<Buffer> {
    const { after, ...rest } = range
    const options = after ? { ...rest, start: after, exclusiveStart: true } : rest
    for (const key of this.#find(database)?.getKeys(options) ?? []) yield toBuffer(key)
  }

  count(database: DatabaseName): number {
    return this.#find(database)?.getCount() ?? 0
  }

  /** All of `write` on the disk, or nothing of it and a throw. After a throw, close the environment and open it anew. */
  commit(write: (put: Put, remove: Remove) => void): void {
    this.#root.transactionSync(() => {
      write(
        (database, key, value) => void this.#find(database)?.put(key, value),
        (database, key) => void this.#find(database)?.remove(key),
      )
    })
  }

  /** Frees the slots of readers that died; otherwise the file grows without bound. Returns how many. */
  readerCheck(): number {
    return this.#root.readerCheck()
  }

  async close(): Promise<void> {
    await this.#root.close()
  }

  /** Writing makes what is not there; lmdb's types do not say that reading gives undefined then. */
  #find(name: DatabaseName): Rows | undefined {
    const known = this.#databases.get(name)
    if (known) return known
    const rows = this.#root.openDB({ name, ...binary }) as Rows | undefined
    if (rows) this.#databases.set(name, rows)
    return rows
  }
}

export type Put = (database: DatabaseName, key: Buffer, value: Buffer) => void
export type Remove = (database: DatabaseName, key: Buffer) => void

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
