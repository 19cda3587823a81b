// The partition that the writer writes to: its environment, what of it is not yet indexed, and how it begins and ends.

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Seen } from '../../core/seen.ts'
import type { Reported } from '../../core/stored-report.ts'
import {
  type Anchor,
  type ArchiveCursor,
  archiveFormat,
  type Checkpoint,
  emptySummary,
  type PartitionSummary,
  putMeta,
} from './cursor.ts'
import { Environment, type Put, type Remove } from './environment.ts'
import { buildIndex, type TailBlock } from './index-page.ts'
import { metaKeys, toPositionKey } from './keys.ts'
import { makingPrefix } from './partition.ts'
import { encodeSeen } from './seen-rows.ts'
import type { Staged } from './stage.ts'
import { encodeTailRow } from './tail-row.ts'
import { toWriteFailure } from './write-failure.ts'

export type PartitionState = {
  summary: PartitionSummary
  checkpoint: Checkpoint
  /** Blocks since the last checkpoint. */
  tail: TailBlock[]
}

export class OpenPartition {
  readonly name: string
  readonly #dir: string
  #environment: Environment | undefined
  #state: PartitionState
  #tailEvents: number

  constructor(dir: string, name: string, environment: Environment, state: PartitionState) {
    this.#dir = dir
    this.name = name
    this.#environment = environment
    this.#state = state
    this.#tailEvents = state.tail.reduce((sum, block) => sum + block.hashes.length, 0)
  }

  get summary(): PartitionSummary {
    return this.#state.summary
  }

  /** Events that the next checkpoint will index. */
  get tailEvents(): number {
    return this.#tailEvents
  }

  get tailBlocks(): number {
    return this.#state.tail.length
  }

  /** Writes one staged transaction with its cursor. Writing the same again is harmless. */
  async write(staged: Staged): Promise<void> {
    await this.#commit((put) => {
      for (const block of staged.blocks) {
        put('blocks', block.key, block.value)
        put('tail', block.key, encodeTailRow(block.key, block.tail.hashes))
      }
      for (const row of staged.quarantine) put('quarantine', row.key, row.value)
      for (const row of staged.bars) put('bars', row.key, row.value)
      putMeta(put, 'cursor', staged.cursor)
      putMeta(put, 'partition', staged.summary)
    })
    for (const { tail } of staged.blocks) {
      this.#state.tail.push(tail)
      this.#tailEvents += tail.hashes.length
    }
    this.#state.summary = staged.summary
  }

  async writeMeta(write: (put: Put) => void): Promise<void> {
    await this.#commit(write)
  }

  /** Turns the tail into index pages and, for the partition that goes on, writes down the duplicate rule's state. */
  async checkpoint(cursor: ArchiveCursor, seen: Seen): Promise<void> {
    const chunks = encodeSeen(seen)
    await this.#index(cursor, chunks.length, (put, remove) => {
      for (const { key, value } of chunks) put('meta', key, value)
      const before = this.#state.checkpoint.seen_chunks ?? 0
      for (let chunk = chunks.length; chunk < before; chunk++) remove('meta', metaKeys.seen(chunk))
    })
  }

  /** Ends this partition: everything indexed, `next` named, and the duplicate rule's state left to that one. */
  async seal(next: string): Promise<void> {
    await this.#index(this.#state.checkpoint, null, (put, remove) => {
      const before = this.#state.checkpoint.seen_chunks ?? 0
      for (let chunk = 0; chunk < before; chunk++) remove('meta', metaKeys.seen(chunk))
      putMeta(put, 'next', next)
    })
  }

  readerCheck(): void {
    this.#environment?.readerCheck()
  }

  async close(): Promise<void> {
    await this.#environment?.close()
    this.#environment = undefined
  }

  async #index(
    { epoch, seq }: { epoch: number; seq: number },
    seenChunks: number | null,
    more: (put: Put, remove: Remove) => void,
  ): Promise<void> {
    const { tail } = this.#state
    const number = this.#state.checkpoint.number + (tail.length > 0 ? 1 : 0)
    const checkpoint = { number, epoch, seq, seen_chunks: seenChunks }
    const rows = tail.length > 0 ? buildIndex(number, tail) : []
    await this.#commit((put, remove) => {
      for (const { key, value } of rows) put('index', key, value)
      for (const { epoch, first_seq } of tail) remove('tail', toPositionKey({ epoch, seq: first_seq }))
      more(put, remove)
      putMeta(put, 'checkpoint', checkpoint)
    })
    this.#state = { summary: this.#state.summary, checkpoint, tail: [] }
    this.#tailEvents = 0
  }

  /** After a failed commit LMDB may refuse or even crash on the next one, so the environment is opened anew. */
  async #commit(write: (put: Put, remove: Remove) => void): Promise<void> {
    try {
      this.#environment ??= new Environment(this.#dir, this.name, 'write')
      this.#environment.commit(write)
    } catch (error) {
      await this.close()
      throw toWriteFailure(error, this.#dir)
    }
  }
}

/**
 * Makes a partition that stands alone from its first moment: cursor, anchor and what is known of duplicates are in it.
 * It is built aside and renamed, so that a reader sees it whole or not at all.
 */
export async function makePartition(
  dir: string,
  name: string,
  begin: {
    cursor: ArchiveCursor
    anchor: Anchor | undefined
    seen: Seen
    reported: Reported
    now_ms: number
  },
): Promise<OpenPartition> {
  const making = makingPrefix + name
  const summary: PartitionSummary = { ...emptySummary, written_ms: begin.now_ms }
  const chunks = encodeSeen(begin.seen)
  const { epoch, seq } = begin.cursor
  const checkpoint: Checkpoint = { number: 0, epoch, seq, seen_chunks: chunks.length }
  let environment: Environment | undefined
  try {
    rmSync(join(dir, making), { recursive: true, force: true })
    mkdirSync(join(dir, making))
    environment = new Environment(dir, making, 'write')
    environment.commit((put) => {
      putMeta(put, 'format', archiveFormat)
      putMeta(put, 'cursor', begin.cursor)
      putMeta(put, 'partition', summary)
      putMeta(put, 'checkpoint', checkpoint)
      putMeta(put, 'reported', [...begin.reported])
      if (begin.anchor) putMeta(put, 'anchor', begin.anchor)
      for (const { key, value } of chunks) put('meta', key, value)
    })
    await environment.close()
    environment = undefined
    renameSync(join(dir, making), join(dir, name))
    syncFolder(dir)
    return new OpenPartition(dir, name, new Environment(dir, name, 'write'), {
      summary,
      checkpoint,
      tail: [],
    })
  } catch (error) {
    await environment?.close()
    rmSync(join(dir, making), { recursive: true, force: true })
    throw toWriteFailure(error, dir)
  }
}

/** A name is durable once its folder is flushed. */
export function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
