// Writes checkpoints of a fleet that is being folded, without holding the fold up.
//
// The fleet is copied at once and encoded in slices; compression and disk work elsewhere. A checkpoint is committed only
// when the archive's flushed cursor has passed it, so that nothing is ever remembered that the archive does not hold.

import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Fleet } from '../../core/fleet.ts'
import { encodeSnapshot, snapshotFleet } from '../../core/fleet-checkpoint.ts'
import { ArchiveReader } from '../archive/archive-reader.ts'
import type { Home } from '../home.ts'
import {
  listCheckpoints,
  packPart,
  prepareCheckpoints,
  removeCheckpoint,
  writeCheckpoint,
} from './checkpoint-store.ts'
import { thinCheckpoints } from './thin-checkpoints.ts'

export type CheckpointerOptions = {
  home: Home
  fleet: Fleet
  /** The archive's epoch that the fleet is in; in another one it writes nothing more. */
  epoch: number
  log: Logger
  limits?: Partial<CheckpointLimits>
}

export type CheckpointLimits = {
  /** Due after so many events … */
  events: number
  /** … or so long after the last one, when anything changed. */
  interval_ms: number
  /** Checkpoints may take this share of the time: of a large fleet they become rarer. */
  share: number
  /** All checkpoints together, compressed. */
  bytes_max: number
  /** For the last one, when the service stops. */
  closing_ms: number
}

export const checkpointLimits: CheckpointLimits = {
  events: 250_000,
  interval_ms: 60_000,
  share: 0.02,
  bytes_max: 512 * 1024 * 1024,
  closing_ms: 2_000,
}

export type Checkpointer = {
  /** Call after each batch of events. */
  folded(): void
  stats(): Record<string, number>
  /** Writes a last one if that is quick. */
  close(): Promise<void>
}

const look_ms = 1_000
const cursor_poll_ms = 100

export function makeCheckpointer(options: CheckpointerOptions): Checkpointer {
  return new Writer(options)
}

class Writer implements Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #limits: CheckpointLimits
  readonly #archive: ArchiveReader
  readonly #timer: NodeJS.Timeout
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  /** Where the last checkpoint was taken, whatever became of it. */
  #takenSeq: number
  #takenEvents: number
  #taken_ms = performance.now()
  /** Not before: what the last one cost decides. */
  #earliest_ms = 0
  #stats = {
    checkpoint_seq: 0,
    checkpoint_total: 0,
    checkpoint_failed_total: 0,
    checkpoint_bytes: 0,
    checkpoint_ms: 0,
    checkpoint_held_ms: 0,
    /** 1: it is made, and waits for the archive. */
    checkpoint_waiting: 0,
  }

  constructor(options: CheckpointerOptions) {
    this.#options = options
    this.#limits = { ...checkpointLimits, ...options.limits }
    prepareCheckpoints(options.home.fleet)
    this.#archive = new ArchiveReader(options.home.archive)
    const { home, fleet, epoch } = options
    const newest = listCheckpoints(home.fleet).findLast((each) => each.epoch === epoch)
    this.#takenSeq = newest?.seq ?? 0
    this.#takenEvents = fleet.events - Math.max(0, fleet.seq - this.#takenSeq)
    this.#timer = setInterval(() => this.folded(), look_ms)
  }

  folded(): void {
    if (this.#running || !this.#isDue()) return
    this.#begin(this.#closing.signal)
  }

  stats(): Record<string, number> {
    return { ...this.#stats }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const late = setTimeout(() => this.#closing.abort(), this.#limits.closing_ms)
    await this.#running
    if (!this.#closing.signal.aborted && this.#hasChanged()) this.#begin(this.#closing.signal)
    await this.#running
    clearTimeout(late)
    this.#closing.abort()
    await this.#archive.close()
  }

  #hasChanged(): boolean {
    return this.#options.fleet.seq !== this.#takenSeq
  }

  #isDue(): boolean {
    if (this.#closing.signal.aborted || !this.#hasChanged()) return false
    const now = performance.now()
    if (now < this.#earliest_ms) return false
    const { events, interval_ms } = this.#limits
    return this.#options.fleet.events - this.#takenEvents >= events || now - this.#taken_ms >= interval_ms
  }

  #begin(signal: AbortSignal): void {
    this.#running = this.#take(signal)
      .catch((error: unknown) => {
        if (signal.aborted) return
        this.#stats.checkpoint_failed_total++
        this.#options.log.error({ err: error }, 'a checkpoint was not written; a later one is tried')
      })
      .finally(() => {
        this.#running = undefined
      })
  }

  async #take(signal: AbortSignal): Promise<void> {
    const { home, fleet, epoch, log } = this.#options
    const cost = new Cost()
    const snapshot = cost.hold(() => snapshotFleet(fleet))
    const position = { epoch, seq: fleet.seq, at_ms: fleet.received_at_ms }
    this.#takenSeq = fleet.seq
    this.#takenEvents = fleet.events
    this.#taken_ms = performance.now()
    const packed: Buffer[] = []
    const chunks = encodeSnapshot(snapshot)
    try {
      for (;;) {
        const chunk = cost.hold(() => chunks.next())
        if (chunk.done) break
        packed.push(await cost.work(packPart(chunk.value)))
        await breathe()
        signal.throwIfAborted()
      }
    } finally {
      this.#earliest_ms = performance.now() + cost.total_ms / this.#limits.share
    }
    if (!(await this.#isArchived(position.seq, signal))) {
      log.warn({ epoch, seq: position.seq }, 'a checkpoint is left out: the archive is in another epoch')
      return
    }
    const { bytes } = await writeCheckpoint(home.fleet, position, packed)
    await this.#thin()
    this.#stats = {
      ...this.#stats,
      checkpoint_seq: position.seq,
      checkpoint_total: this.#stats.checkpoint_total + 1,
      checkpoint_bytes: bytes,
      checkpoint_ms: Math.round(cost.total_ms),
      checkpoint_held_ms: Math.round(cost.held_ms_max * 10) / 10,
    }
  }

  /** Resolves when the archive holds everything up to `seq`; false when it never will. */
  async #isArchived(seq: number, signal: AbortSignal): Promise<boolean> {
    const { epoch } = this.#options
    try {
      for (;;) {
        const cursor = this.#archive.cursor()
        if (cursor && cursor.epoch > epoch) return false
        if (cursor && cursor.epoch === epoch && cursor.seq >= seq) return true
        this.#stats.checkpoint_waiting = 1
        await sleep(cursor_poll_ms, undefined, { signal })
      }
    } finally {
      this.#stats.checkpoint_waiting = 0
    }
  }

  async #thin(): Promise<void> {
    const { fleet: dir } = this.#options.home
    const due = thinCheckpoints(listCheckpoints(dir), {
      now_ms: Date.now(),
      bytes_max: this.#limits.bytes_max,
      oldest: this.#archive.timeline.first(),
    })
    for (const checkpoint of due) await removeCheckpoint(dir, checkpoint)
  }
}

/** What a checkpoint costs: time of the event loop, and of a core beside it. */
class Cost {
  total_ms = 0
  held_ms_max = 0

  hold<T>(work: () => T): T {
    const began = performance.now()
    const result = work()
    const held_ms = performance.now() - began
    this.held_ms_max = Math.max(this.held_ms_max, held_ms)
    this.total_ms += held_ms
    return result
  }

  async work<T>(work: Promise<T>): Promise<T> {
    const began = performance.now()
    const result = await work
    this.total_ms += performance.now() - began
    return result
  }
}
