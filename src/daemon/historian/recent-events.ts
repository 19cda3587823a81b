// The events that are stored and not archived yet: the end of the stream, judged as the archiver will judge it.
//
// It is read when it is asked for, so that a historian whom nobody asks costs nothing; between requests that follow
// each other the feed and the duplicate rule's state are kept.

import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { type EventFeed, type FeedMessage, openEventFeed } from '../../client/event-feed.ts'
import type { StoredBar } from '../../core/bar-report.ts'
import { peekEventLine } from '../../core/event-line.ts'
import { observe } from '../../core/seen.ts'
import { observeReport, parseBarReport } from '../../core/stored-report.ts'
import { eventsStream, isReportSubject, parseEventSubject } from '../../core/subjects.ts'
import { type ArchiveReader, loadSeen } from '../archive/archive-reader.ts'
import type { ArchiveCursor } from '../archive/cursor.ts'
import { observeLine, type Recovered } from '../archive/recover.ts'
import { Refusal } from './refusal.ts'

export type RecentEvent = { seq: number; agent_id: string; received_at_ms: number; line: Buffer }

export type Recent = {
  /** Everything up to here is in the archive … */
  cursor: ArchiveCursor
  /** … and this is behind it, in order. */
  events: RecentEvent[]
  reports: StoredBar[]
}

type Known = Pick<Recovered, 'seen' | 'reported'>

/** Beyond it the newest events are not seen: the archive is far behind, since the disk is full or the archiver away. */
const bytes_max = 64 * 1024 * 1024
/** Sequences behind the archive at which the duplicate rule's state is loaded anew rather than folded on. */
const reload_seqs = 20_000
const stream_timeout_ms = 2_000
const idle_ms = 15_000

export class RecentEvents {
  readonly #nc: NatsConnection
  readonly #dir: string
  readonly #reader: ArchiveReader
  #jsm: Promise<JetStreamManager> | undefined
  /** Which incarnation of the stream this is of. */
  #created = ''
  /** Everything up to here is taken into account. */
  #position = 0
  #known: Known | undefined
  #events: RecentEvent[] = []
  #reports: StoredBar[] = []
  #bytes = 0
  #feed: EventFeed | undefined
  #closeFeed = new AbortController()
  #hole = false
  #idle: NodeJS.Timeout | undefined
  #running: Promise<Recent> | undefined
  #next: Promise<Recent> | undefined

  constructor(nc: NatsConnection, dir: string, reader: ArchiveReader) {
    this.#nc = nc
    this.#dir = dir
    this.#reader = reader
  }

  get size(): number {
    return this.#events.length
  }

  /** With everything that was stored when it was called. Throws Refusal 404 without an archive, 503 without a stream. */
  upToNow(): Promise<Recent> {
    // What runs already may have asked for the stream's end before our caller's event was stored.
    this.#next ??= this.#startNext()
    return this.#next
  }

  async #startNext(): Promise<Recent> {
    await this.#running?.catch(() => undefined)
    this.#next = undefined
    this.#running = this.#catchUp()
    return await this.#running
  }

  close(): void {
    clearTimeout(this.#idle)
    this.#dropFeed()
  }

  async #catchUp(): Promise<Recent> {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#dropFeed(), idle_ms).unref()
    const { created, last_seq } = await this.#streamEnd()
    const archived = this.#cursor()
    // The archiver has not begun with this stream: nothing of it is known to be new.
    if (archived.stream_created !== created) return { cursor: archived, events: [], reports: [] }
    if (this.#created !== created || last_seq < this.#position) this.#known = undefined
    this.#created = created
    let cursor = await this.#readUpTo(last_seq)
    if (this.#hole) {
      // The stream was purged up to what is archived by now.
      this.#known = undefined
      cursor = await this.#readUpTo(last_seq)
    }
    return { cursor, events: [...this.#events], reports: [...this.#reports] }
  }

  async #streamEnd(): Promise<{ created: string; last_seq: number }> {
    try {
      this.#jsm ??= jetstreamManager(this.#nc, { checkAPI: false, timeout: stream_timeout_ms })
      const { created, state } = await (await this.#jsm).streams.info(eventsStream)
      return { created, last_seq: state.last_seq }
    } catch (error) {
      throw new Refusal(503, `the stream does not answer: ${String(error)}`)
    }
  }

  #cursor(): ArchiveCursor {
    const cursor = this.#reader.cursor()
    if (!cursor) throw new Refusal(404, 'there is no archive yet')
    return cursor
  }

  /** Resolves with the archive's cursor that the events are behind. */
  async #readUpTo(last_seq: number): Promise<ArchiveCursor> {
    this.#hole = false
    const { known, cursor } = this.#followArchive()
    this.#forget(cursor.seq)
    while (this.#position < last_seq && this.#bytes < bytes_max && !this.#hole) {
      this.#feed ??= await this.#openFeed()
      const hurry = AbortSignal.timeout(stream_timeout_ms)
      const messages = await this.#feed.next({ messages: 1, wait_ms: 0, hurry })
      if (!messages || messages.length === 0) throw new Refusal(503, 'the stream is not delivered')
      if (!this.#hole) for (const message of messages) this.#take(known, message)
    }
    return cursor
  }

  /** What is known of duplicates, at the archive's cursor or behind it. */
  #followArchive(): { known: Known; cursor: ArchiveCursor } {
    const cursor = this.#cursor()
    if (!this.#known || cursor.seq - this.#position > reload_seqs) {
      this.#dropFeed()
      const { seen, reported, cursor: loaded } = loadSeen(this.#dir)
      this.#known = { seen, reported }
      this.#position = loaded.seq
      this.#events = []
      this.#reports = []
      this.#bytes = 0
      return { known: this.#known, cursor: loaded }
    }
    if (cursor.seq > this.#position) {
      this.#dropFeed()
      const { seen, reported } = this.#known
      const range = { from: { epoch: cursor.epoch, seq: this.#position + 1 }, to: cursor }
      for (const { line } of this.#reader.scan(range)) observeLine(seen, line)
      for (const { report } of this.#reader.bars(range)) observeReport(reported, report)
      this.#position = cursor.seq
    }
    return { known: this.#known, cursor }
  }

  #forget(seq: number): void {
    const kept = this.#events.findIndex((event) => event.seq > seq)
    const gone = this.#events.splice(0, kept < 0 ? this.#events.length : kept)
    for (const { line } of gone) this.#bytes -= line.length
    this.#reports = this.#reports.filter((report) => report.seq > seq)
  }

  #take({ seen, reported }: Known, { seq, subject, data }: FeedMessage): void {
    this.#position = seq
    const agent_id = subject.startsWith('beacon.ev.') ? parseEventSubject(subject) : undefined
    const line = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const report = isReportSubject(subject) ? parseBarReport(line.toString('utf8')) : undefined
    if (report && observeReport(reported, report) === 'new') this.#reports.push({ ...report, seq })
    const peek = peekEventLine(line)
    if (agent_id === undefined || !peek) return
    if (observe(seen, { agent_id, ...peek }) === 'duplicate') return
    this.#events.push({ seq, agent_id, received_at_ms: peek.received_at_ms, line })
    this.#bytes += line.length
  }

  async #openFeed(): Promise<EventFeed> {
    this.#closeFeed = new AbortController()
    return await openEventFeed(this.#nc, {
      from: this.#position + 1,
      signal: this.#closeFeed.signal,
      onHole: () => {
        this.#hole = true
      },
    })
  }

  #dropFeed(): void {
    this.#closeFeed.abort()
    this.#feed = undefined
  }
}
