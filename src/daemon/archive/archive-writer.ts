// The archive's one writer: events in stream order into blocks, exactly once, on the disk before `append` resolves.
//
// The cursor is written in the same transaction as the rows. What was staged but could not be written is kept and
// written first at the next call, since the duplicate rule's state has already moved past it; the same append can
// therefore simply be tried again, and what is behind the cursor by then is passed over.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeSeen, type Seen, startEpoch } from '../../core/seen.ts'
import type { Reported } from '../../core/stored-report.ts'
import { assertAscending, assertNothingLeftOut, firstBehind } from './append-order.ts'
import { BlockBuilder } from './block-builder.ts'
import { type Anchor, type ArchiveCursor, emptySummary, noCursor, putMeta } from './cursor.ts'
import { makePartition, type OpenPartition } from './open-partition.ts'
import { makingPrefix, removingPrefix, toPartitionName } from './partition.ts'
import type { Quarantined } from './quarantine.ts'
import { type Newest, openNewest } from './reopen.ts'
import type { StreamReport } from './report-row.ts'
import { finishRemoval, removeExpired } from './retention.ts'
import { type Arrived, type Staged, type StreamEvent, stage } from './stage.ts'
import { ignoreDiskFull } from './write-failure.ts'
import { lockArchive } from './writer-lock.ts'
import type { ArchiveWriterOptions, NewEpoch } from './writer-options.ts'

const hour_ms = 3_600_000
const checkpointEvents = 250_000
/** At low rates blocks are small, and a reader looks through the tail row by row. */
const checkpointBlocks = 2_000
const readerCheckEvery_ms = 5_000

/** Opens the archive for writing, making it when there is none. Throws BeaconError `archive_locked` or `archive_damaged`. */
export async function openArchiveWriter(options: ArchiveWriterOptions): Promise<ArchiveWriter> {
  const { dir } = options
  mkdirSync(dir, { recursive: true })
  const unlock = lockArchive(dir)
  try {
    for (const name of readdirSync(dir)) {
      const leftOver = name.startsWith(makingPrefix) || name.startsWith(removingPrefix)
      if (leftOver) rmSync(join(dir, name), { recursive: true, force: true })
    }
    const newest = await openNewest(dir)
    if (newest?.anchor) finishRemoval(dir, newest.anchor)
    return new ArchiveWriter(options, unlock, newest)
  } catch (error) {
    unlock()
    throw error
  }
}

export class ArchiveWriter {
  readonly #options: Required<ArchiveWriterOptions>
  readonly #unlock: () => void
  #cursor: ArchiveCursor
  readonly #seen: Seen
  readonly #reported: Reported
  readonly #builder = new BlockBuilder()
  #partition: OpenPartition | undefined
  /** A closed partition whose sealing has not succeeded yet. */
  #unsealed: OpenPartition | undefined
  #anchor: Anchor | undefined
  #anchorUnwritten = false
  /** Staged and not yet on the disk. */
  #pending: Staged | undefined
  /** First sequence of a failed append that was not staged: the next append must bring it again. */
  #owed: number | undefined
  #broken: unknown
  #queue: Promise<unknown> = Promise.resolve()
  #readersChecked_ms = 0
  /** An hour whose events belong into the present partition. */
  #presentHour: number | undefined
  #checkpoint_ms = 0

  /** Use `openArchiveWriter`. */
  constructor(options: ArchiveWriterOptions, unlock: () => void, newest: Newest | undefined) {
    this.#options = { now: Date.now, checkpoint_events: checkpointEvents, ...options }
    this.#unlock = unlock
    this.#cursor = newest?.cursor ?? noCursor
    this.#seen = newest?.seen ?? makeSeen()
    this.#reported = newest?.reported ?? new Map()
    this.#partition = newest?.partition
    this.#unsealed = newest?.unsealed
    this.#anchor = newest?.anchor
  }

  /** What is on the disk. */
  cursor(): Readonly<ArchiveCursor> {
    return this.#cursor
  }

  /** How long the last checkpoint took. */
  get checkpoint_ms(): number {
    return this.#checkpoint_ms
  }

  /**
   * Archives what lies behind the cursor; each list ascends by sequence. Resolves when all of it is on the disk.
   * Rejects with BeaconError `disk_full` when there is no room: nothing is lost, append the same again.
   */
  append(
    events: StreamEvent[],
    quarantined: Quarantined[] = [],
    reports: StreamReport[] = [],
  ): Promise<void> {
    const arrived = [events, quarantined, reports] as const
    return this.#exclusively(async () => {
      for (const list of arrived) assertAscending(list)
      try {
        await this.#catchUp()
        assertNothingLeftOut(this.#owed, this.#cursor.seq, ...arrived)
        while (!(await this.#appendOnce({ events, quarantined, reports }))) {}
        this.#owed = undefined
      } catch (error) {
        const reached = this.#pending?.cursor.seq ?? this.#cursor.seq
        const stillOwed = this.#owed !== undefined && this.#owed > reached ? [{ seq: this.#owed }] : []
        this.#owed = firstBehind(reached, ...arrived, stillOwed)
        throw error
      }
      await this.#maintain()
    })
  }

  /** Begins a new incarnation of the stream, which counts from its own first sequence. */
  beginEpoch({ stream_created, baseline_seq }: NewEpoch): Promise<void> {
    return this.#exclusively(async () => {
      await this.#catchUp()
      const { epoch, seq, baseline_seq: before } = this.#cursor
      const cursor: ArchiveCursor = {
        ...this.#cursor,
        epoch: epoch + 1,
        seq: baseline_seq,
        baseline_seq: baseline_seq - (seq - before),
        stream_created,
      }
      const { now, retention_ms } = this.#options
      this.#partition ??= await this.#make(toPartitionName(now(), retention_ms))
      // Postings of one checkpoint are of one epoch.
      await this.#partition.checkpoint(this.#cursor, this.#seen)
      await this.#partition.writeMeta((put) => putMeta(put, 'cursor', cursor))
      this.#cursor = cursor
      this.#owed = undefined
      startEpoch(this.#seen)
    })
  }

  /** Indexes the tail and writes down the duplicate rule's state. Done by itself as events come, and on close. */
  checkpoint(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#catchUp()
      await this.#checkpoint()
    })
  }

  /** Removes partitions whose newest event is older than the retention, never the newest. Returns their names. */
  retention(now_ms = this.#options.now()): Promise<string[]> {
    return this.#exclusively(async () => {
      // A full disk is what retention may mend.
      await this.#catchUp().catch(ignoreDiskFull)
      if (!this.#partition) return []
      const limit_ms = now_ms - this.#options.retention_ms
      return await removeExpired(this.#options.dir, limit_ms, this.#anchor, async (anchor) => {
        this.#anchor = anchor
        this.#anchorUnwritten = true
        await this.#catchUp()
      })
    })
  }

  /** Checkpoints if that is possible, and gives the archive back. */
  close(): Promise<void> {
    return this.#exclusively(async () => {
      try {
        await this.#catchUp()
        if (this.#partition && this.#partition.tailEvents > 0) await this.#checkpoint()
      } catch (error) {
        // What is not written is still in the stream, and what is not indexed is in the tail rows.
        ignoreDiskFull(error)
      } finally {
        await this.#partition?.close()
        await this.#unsealed?.close()
        this.#unlock()
      }
    })
  }

  /** Stages and writes one transaction; true when nothing is left. */
  async #appendOnce(arrived: Arrived): Promise<boolean> {
    const now_ms = this.#options.now()
    const staged = this.#stage({
      ...arrived,
      cursor: this.#cursor,
      summary: this.#partition?.summary ?? emptySummary,
      seen: this.#seen,
      reported: this.#reported,
      builder: this.#builder,
      batch: this.#options.batch,
      now_ms,
      opensPartition: (received_at_ms) => this.#opensPartition(Math.min(received_at_ms, now_ms)),
    })
    if (staged.cursor.seq > this.#cursor.seq) {
      // Without an event that opened it, the first partition is today's.
      this.#partition ??= await this.#make(toPartitionName(now_ms, this.#options.retention_ms))
      this.#pending = staged
      await this.#catchUp()
    }
    if (staged.opens !== undefined && staged.opens > (this.#partition?.name ?? '')) {
      await this.#rollOver(staged.opens)
    }
    return staged.done
  }

  /** Staging moves the duplicate rule's state: when it throws, that is a bug, and only a restart makes this state sound again. */
  #stage(input: Parameters<typeof stage>[0]): ReturnType<typeof stage> {
    try {
      return stage(input)
    } catch (error) {
      this.#broken = error
      throw error
    }
  }

  /** A received_at beyond our own clock opens nothing: one wrong clock must not send all that follows into the future. */
  #opensPartition(received_at_ms: number): string | undefined {
    // All of an hour is in one partition, and most events are of the present hour.
    const hour = Math.floor(received_at_ms / hour_ms)
    if (hour === this.#presentHour) return undefined
    const name = toPartitionName(received_at_ms, this.#options.retention_ms)
    if (this.#partition === undefined || name > this.#partition.name) return name
    this.#presentHour = hour
    return undefined
  }

  async #rollOver(name: string): Promise<void> {
    const next = await this.#make(name)
    this.#unsealed = this.#partition
    this.#partition = next
    this.#presentHour = undefined
    await this.#catchUp()
  }

  #make(name: string): Promise<OpenPartition> {
    const begin = {
      cursor: this.#cursor,
      anchor: this.#anchor,
      seen: this.#seen,
      reported: this.#reported,
      now_ms: this.#options.now(),
    }
    return makePartition(this.#options.dir, name, begin)
  }

  /** Does first what an earlier call could not. */
  async #catchUp(): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    if (this.#pending && this.#partition) {
      await this.#partition.write(this.#pending)
      this.#cursor = this.#pending.cursor
      this.#pending = undefined
    }
    if (this.#unsealed && this.#partition) {
      await this.#unsealed.seal(this.#partition.name)
      await this.#unsealed.close()
      this.#unsealed = undefined
    }
    const anchor = this.#anchor
    if (this.#anchorUnwritten && anchor && this.#partition) {
      await this.#partition.writeMeta((put) => putMeta(put, 'anchor', anchor))
      this.#anchorUnwritten = false
    }
  }

  async #maintain(): Promise<void> {
    const now_ms = this.#options.now()
    if (Math.abs(now_ms - this.#readersChecked_ms) >= readerCheckEvery_ms) {
      this.#partition?.readerCheck()
      this.#readersChecked_ms = now_ms
    }
    const { tailEvents = 0, tailBlocks = 0 } = this.#partition ?? {}
    if (tailEvents < this.#options.checkpoint_events && tailBlocks < checkpointBlocks) return
    try {
      await this.#checkpoint()
    } catch (error) {
      // The events are on the disk; the checkpoint is due again after the next append.
      ignoreDiskFull(error)
    }
  }

  async #checkpoint(): Promise<void> {
    const started = performance.now()
    await this.#partition?.checkpoint(this.#cursor, this.#seen)
    this.#checkpoint_ms = performance.now() - started
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }
}
