// The reports behind a place: from the archive as far as it goes, then from the stream. No gap, no repeat.
//
// They are few, so that the stream is simply asked for the next one. What lies between here and there was purged only if
// it is archived by now, and then the archive is the source.

import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { StoredBar } from '../../core/bar-report.ts'
import { observeReport, parseBarReport, type Reported } from '../../core/stored-report.ts'
import { barsSubjects, eventsStream } from '../../core/subjects.ts'
import type { ArchiveReader } from './archive-reader.ts'
import { comparePositions, type Position } from './keys.ts'

export class BarsTail {
  readonly #reader: ArchiveReader
  readonly #nc: NatsConnection | undefined
  readonly #reported: Reported
  #jsm: JetStreamManager | undefined
  #position: Position

  /** Begins at the archive's cursor. Without a connection it is the archive only. */
  constructor(reader: ArchiveReader, nc: NatsConnection | undefined) {
    this.#reader = reader
    this.#nc = nc
    const { cursor, reported } = reader.reported() ?? { cursor: { epoch: 0, seq: 0 }, reported: new Map() }
    this.#reported = reported
    this.#position = { epoch: cursor.epoch, seq: cursor.seq }
  }

  /** Everything up to here was there, or was given. */
  get position(): Position {
    return this.#position
  }

  /** What was stored since, in order, each revision once. Rejects when the stream does not answer; nothing is lost by it. */
  async *next(): AsyncGenerator<StoredBar> {
    for (;;) {
      yield* this.#archived()
      if (!this.#nc) return
      this.#jsm ??= await jetstreamManager(this.#nc, { checkAPI: false })
      const { epoch, seq } = this.#position
      const message = await this.#jsm.direct.getMessage(eventsStream, {
        seq: seq + 1,
        next_by_subj: barsSubjects,
      })
      if (this.#isArchivedBeyond()) continue
      if (!message) return
      this.#position = { epoch, seq: message.seq }
      const report = parseBarReport(message.string())
      if (report && observeReport(this.#reported, report) === 'new') yield { ...report, seq: message.seq }
    }
  }

  #isArchivedBeyond(): boolean {
    const cursor = this.#reader.cursor()
    return cursor !== undefined && comparePositions(cursor, this.#position) > 0
  }

  *#archived(): Generator<StoredBar> {
    const cursor = this.#reader.cursor()
    if (!cursor || comparePositions(cursor, this.#position) <= 0) return
    const { epoch, seq } = this.#position
    this.#position = { epoch: cursor.epoch, seq: cursor.seq }
    for (const { seq: at, report } of this.#reader.bars({ from: { epoch, seq: seq + 1 }, to: cursor }))
      if (observeReport(this.#reported, report) === 'new') yield { ...report, seq: at }
  }
}
