// The fleet at past moments: from the nearest checkpoint, folded on to the exact event.
//
// The last folded fleets are kept, so that a step forward folds only what lies between. A step back cannot be unfolded:
// it begins at the nearest checkpoint again, or at a mark, which is a copy taken a little before an earlier moment.

import type { Logger } from 'pino'
import { noteReport } from '../../core/bars.ts'
import type { Fleet } from '../../core/fleet.ts'
import { decodeFleet, encodeSnapshot, snapshotFleet } from '../../core/fleet-checkpoint.ts'
import type { ArchiveReader } from '../archive/archive-reader.ts'
import { comparePositions, type Position } from '../archive/keys.ts'
import { packPart, unpackPart } from '../fleet/checkpoint-store.ts'
import { beforeAll, beginningsFor, loadFleet } from '../fleet/load-fleet.ts'
import { type FoldedFleet, foldLine, replay } from '../fleet/replay.ts'
import type { Recent } from './recent-events.ts'
import { Refusal } from './refusal.ts'

export type PastFleetsOptions = {
  reader: ArchiveReader
  /** The folder of the checkpoints. */
  dir: string
  log: Logger
  signal: AbortSignal
  limits?: Partial<PastLimits>
}

type PastLimits = {
  /** Fleets kept folded, and marks. */
  folded_max: number
  marks_max: number
  /** Requests that wait for their turn. */
  waiting_max: number
  /** After so long a request is refused; the next one goes on where it got. */
  patience_ms: number
  /** How far before a moment a mark is set: so many steps back are quick … */
  mark_events: number
  /** … and without it so many would be folded anew. */
  mark_gain_events: number
  /** Reading a checkpoint costs about as much as folding so many events. */
  load_events: number
}

type Mark = { at: Position; packed: Buffer[] }

const defaults: PastLimits = {
  folded_max: 2,
  marks_max: 2,
  waiting_max: 8,
  patience_ms: 10_000,
  mark_events: 2_000,
  mark_gain_events: 20_000,
  load_events: 30_000,
}

export class PastFleets {
  readonly #options: PastFleetsOptions
  readonly #limits: PastLimits
  /** The one used last comes last. */
  #folded: FoldedFleet[] = []
  #marks: Mark[] = []
  #waiting = 0
  #queue: Promise<unknown> = Promise.resolve()
  #stats = { folded_events_total: 0, checkpoints_loaded_total: 0, marks_loaded_total: 0 }

  constructor(options: PastFleetsOptions) {
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
  }

  stats(): Record<string, number> {
    return { ...this.#stats, fleets_folded: this.#folded.length, fleet_requests_waiting: this.#waiting }
  }

  /**
   * Gives `use` the fleet as it was right after the event at `target`, which lies in the archive or among `recent`.
   * Throws Refusal 503 when too many wait, or when it takes too long.
   */
  at<T>(target: Position, recent: Recent, use: (fleet: Fleet) => T): Promise<T> {
    if (this.#waiting >= this.#limits.waiting_max)
      throw new Refusal(503, `${this.#waiting} moments of the past are waiting to be folded`)
    this.#waiting++
    const turn = this.#queue
      .then(() => this.#foldTo(target, recent))
      .then(({ fleet }) => use(fleet))
      .finally(() => {
        this.#waiting--
      })
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async #foldTo(target: Position, recent: Recent): Promise<FoldedFleet> {
    const patience = AbortSignal.timeout(this.#limits.patience_ms)
    const signal = AbortSignal.any([this.#options.signal, patience])
    const { mark_events, mark_gain_events } = this.#limits
    const { folded, isFresh } = this.#begin(target)
    const { events } = folded.fleet
    this.#folded.push(folded)
    try {
      const distance = target.seq - folded.at.seq
      if (isFresh && distance > mark_gain_events) {
        const before = { epoch: target.epoch, seq: Math.max(0, target.seq - mark_events) }
        await this.#replay(folded, before, recent, signal)
        await this.#mark(folded)
      }
      await this.#replay(folded, target, recent, signal)
    } catch (error) {
      if (!patience.aborted) throw error
      const left = target.seq - folded.at.seq
      throw new Refusal(503, `about ${left} events are left to fold up to that moment: ask again`)
    } finally {
      this.#stats.folded_events_total += folded.fleet.events - events
      this.#folded = this.#folded.slice(-this.#limits.folded_max)
    }
    return folded
  }

  async #replay(folded: FoldedFleet, to: Position, recent: Recent, signal: AbortSignal): Promise<void> {
    const { reader, log } = this.#options
    const { cursor, events, reports } = recent
    const archived = comparePositions(to, cursor) < 0 ? to : { epoch: cursor.epoch, seq: cursor.seq }
    const onDamage = (block: string): void => log.warn({ block }, 'a damaged block is left out of the past')
    // A fleet that was folded along the stream may stand beyond the archive's cursor.
    if (comparePositions(folded.at, archived) < 0)
      await replay(reader, folded, { to: archived, signal, onDamage })
    if (to.epoch !== cursor.epoch) return
    const isDue = ({ seq }: { seq: number }): boolean => seq > folded.at.seq && seq <= to.seq
    const due = [...events.filter(isDue), ...reports.filter(isDue)].sort((a, b) => a.seq - b.seq)
    for (const each of due) {
      if ('line' in each) foldLine(folded.fleet, each.seq, each.line)
      else noteReport(folded.fleet.bars, each)
      folded.at = { epoch: cursor.epoch, seq: each.seq }
    }
  }

  /** The best fleet to begin with: taken out of those that are folded, or loaded. */
  #begin(target: Position): { folded: FoldedFleet; isFresh: boolean } {
    const { reader, dir, log } = this.#options
    const isBefore = ({ at }: { at: Position }): boolean => comparePositions(at, target) <= 0
    const latest = <T extends { at: Position }>(list: T[]): T | undefined =>
      list
        .filter(isBefore)
        .sort((a, b) => comparePositions(a.at, b.at))
        .at(-1)
    const beginnings = beginningsFor(dir, reader, target)
    const stored = beginnings.checkpoints[0] ?? beforeAll
    const mark = latest(this.#marks.filter(({ at }) => comparePositions(at, stored) >= 0))
    const loadable = mark?.at ?? stored
    const folded = latest(this.#folded)
    const saves = folded && comparePositions(folded.at, loadable) < 0 ? loadable.seq - folded.at.seq : 0
    if (folded && saves <= this.#limits.load_events) {
      this.#folded = this.#folded.filter((each) => each !== folded)
      return { folded, isFresh: false }
    }
    // The one used longest ago makes room before the next is there.
    this.#folded = this.#folded.slice(1 - this.#limits.folded_max)
    if (mark) return { folded: this.#load(mark), isFresh: true }
    this.#stats.checkpoints_loaded_total++
    return { folded: loadFleet(beginnings, log), isFresh: true }
  }

  #load(mark: Mark): FoldedFleet {
    const decoded = decodeFleet(unpack(mark.packed))
    if (!decoded.ok) throw new Error(`a mark cannot be read: ${decoded.error}`)
    this.#stats.marks_loaded_total++
    return { fleet: decoded.value, at: mark.at }
  }

  async #mark({ fleet, at }: FoldedFleet): Promise<void> {
    const packed: Buffer[] = []
    for (const chunk of encodeSnapshot(snapshotFleet(fleet))) packed.push(await packPart(chunk))
    this.#marks = [...this.#marks, { at, packed }].slice(-this.#limits.marks_max)
  }
}

function* unpack(packed: Buffer[]): Generator<Buffer> {
  for (const chunk of packed) yield unpackPart(chunk)
}
