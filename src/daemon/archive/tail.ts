// Tail: the archive first, then the stream from the exact next sequence. No gap, no repeat.
//
// What is archived is read from the archive, what is not yet from the stream. Duplicates in the stream are dropped by
// the archiver's own rule and state (core/seen.ts), so tail shows exactly what the archive will hold. A reader that
// falls behind goes back to the archive, since the stream forgets what is archived.

import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { type EventFeed, type FeedMessage, openEventFeed } from '../../client/event-feed.ts'
import { peekEventLine } from '../../core/event-line.ts'
import { makeSeen, observe, type Seen } from '../../core/seen.ts'
import { eventsStream, parseEventSubject, toAgentToken } from '../../core/subjects.ts'
import { type ArchiveReader, loadSeen } from './archive-reader.ts'
import type { Position } from './keys.ts'
import { observeLine } from './recover.ts'
import type { ScanOptions } from './scan.ts'

export type TailItem = { seq: number; line: Buffer }

export type TailOptions = {
  /** The archive's folder. */
  dir: string
  reader: ArchiveReader
  /** Undefined: the archive only. */
  nc: NatsConnection | undefined
  agent?: string
  since_ms?: number
  until_ms?: number
  /** Begin with the last so many matches. */
  last?: number
  /** Go on after what was there when tail began. */
  follow: boolean
  matches(item: TailItem): boolean
  signal: AbortSignal
}

const nowhere: Position = { epoch: 0, seq: 0 }
const chunk_items = 500
/** Messages behind the head at which the archive is the better source: well below what the stream keeps for joining. */
const far_behind = 20_000
/** A reader away for so long may have missed a purge, which a filtered feed cannot see. */
const away_ms = 1_000

/** Yields matching events in order, in chunks. Ends at `until_ms`, when the signal aborts, or, not following, at the head of the stream. */
export async function* tail(options: TailOptions): AsyncGenerator<TailItem[]> {
  const { nc, last, reader } = options
  if (!nc) {
    yield* last === undefined ? chunksOf(read(options)) : [lastArchived(options, last, {})]
    return
  }
  const head = await lastSeq(nc)
  const { seen, cursor } = reader.cursor() ? loadSeen(options.dir) : { seen: makeSeen(), cursor: nowhere }
  const rest = new Rest(options, nc, seen, cursor)
  try {
    if (last === undefined) {
      yield* chunksOf(read(options, { to: cursor }))
      yield* rest.until(head)
    } else {
      const recent = lastArchived(options, last, { to: cursor })
      for await (const items of rest.until(head)) recent.push(...items)
      yield last === 0 ? [] : recent.slice(-last)
    }
    if (options.follow) yield* rest.until(Number.POSITIVE_INFINITY)
  } finally {
    rest.close()
  }
}

/** Everything after a position, from wherever it is. */
class Rest {
  readonly #options: TailOptions
  readonly #nc: NatsConnection
  readonly #seen: Seen
  /** Every sequence up to this one is dealt with. */
  #position: number
  #feed: EventFeed | undefined
  #closeFeed = new AbortController()
  #returnedAt = 0

  constructor(options: TailOptions, nc: NatsConnection, seen: Seen, cursor: Position) {
    this.#options = options
    this.#nc = nc
    this.#seen = seen
    this.#position = cursor.seq
    options.signal.addEventListener('abort', () => this.close(), { once: true })
  }

  async *until(end: number): AsyncGenerator<TailItem[]> {
    const { signal, until_ms } = this.#options
    while (this.#position < end && !signal.aborted) {
      if (this.#isBehind()) this.close()
      if (!this.#feed) {
        const archived = this.#options.reader.cursor() ?? nowhere
        if (archived.seq > this.#position) {
          yield* chunksOf(this.#fromArchive(archived))
          continue
        }
        this.#feed = await this.#openFeed()
      }
      if (end !== Number.POSITIVE_INFINITY && this.#feed.pending() === 0) return
      const messages = await this.#feed.next()
      this.#returnedAt = performance.now()
      if (!messages) return
      const items = messages.filter((message) => this.#isNew(message)).map(toItem)
      this.#position = messages.at(-1)?.seq ?? this.#position
      const matching = items.filter((item) => isWanted(this.#options, item))
      if (matching.length > 0) yield matching
      if (until_ms !== undefined && Date.now() > until_ms && receivedAt(items.at(-1)) > until_ms) return
    }
  }

  close(): void {
    this.#closeFeed.abort()
    this.#feed = undefined
  }

  #isBehind(): boolean {
    if (!this.#feed) return false
    return this.#feed.pending() > far_behind || performance.now() - this.#returnedAt > away_ms
  }

  *#fromArchive(to: Position): Generator<TailItem> {
    const { agent, reader } = this.#options
    const from = { epoch: to.epoch, seq: this.#position + 1 }
    for (const item of reader.scan({ from, to, ...(agent === undefined ? {} : { agent }) })) {
      observeLine(this.#seen, item.line)
      if (isWanted(this.#options, item)) yield item
    }
    this.#position = to.seq
  }

  async #openFeed(): Promise<EventFeed> {
    this.#closeFeed = new AbortController()
    const { agent } = this.#options
    this.#returnedAt = performance.now()
    return await openEventFeed(this.#nc, {
      from: this.#position + 1,
      ...(agent === undefined ? {} : { filter: `beacon.ev.*.${toAgentToken(agent)}` }),
      signal: this.#closeFeed.signal,
    })
  }

  /** Judges as the archiver does: what it drops or quarantines is not shown. */
  #isNew({ subject, data }: FeedMessage): boolean {
    const agentId = subject.startsWith('beacon.ev.') ? parseEventSubject(subject) : undefined
    const peek = peekEventLine(toBuffer(data))
    if (agentId === undefined || !peek) return false
    return observe(this.#seen, { agent_id: agentId, ...peek }) !== 'duplicate'
  }
}

const toBuffer = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
const toItem = ({ seq, data }: FeedMessage): TailItem => ({ seq, line: toBuffer(data) })
const receivedAt = (item: TailItem | undefined): number =>
  item ? (peekEventLine(item.line)?.received_at_ms ?? 0) : 0

function isWanted(options: TailOptions, item: TailItem): boolean {
  const { since_ms, until_ms } = options
  if (since_ms !== undefined && receivedAt(item) < since_ms) return false
  if (until_ms !== undefined && receivedAt(item) > until_ms) return false
  return options.matches(item)
}

/** Matching events of the archive, in order. */
function* read(options: TailOptions, range: Pick<ScanOptions, 'to'> = {}): Generator<TailItem> {
  for (const item of options.reader.scan({ ...range, ...scanBounds(options) })) {
    if (options.matches(item)) yield item
  }
}

/** The last matching events of the archive, oldest first. */
function lastArchived(options: TailOptions, limit: number, range: Pick<ScanOptions, 'to'>): TailItem[] {
  const items: TailItem[] = []
  if (limit === 0) return items
  for (const item of options.reader.scan({ ...range, ...scanBounds(options), newestFirst: true })) {
    if (!options.matches(item)) continue
    items.push(item)
    if (items.length >= limit) break
  }
  return items.reverse()
}

function scanBounds({ agent, since_ms, until_ms }: TailOptions): ScanOptions {
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(since_ms === undefined ? {} : { since_ms }),
    ...(until_ms === undefined ? {} : { until_ms }),
  }
}

function* chunksOf(items: Iterable<TailItem>): Generator<TailItem[]> {
  let chunk: TailItem[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length < chunk_items) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

async function lastSeq(nc: NatsConnection): Promise<number> {
  const jsm = await jetstreamManager(nc, { checkAPI: false })
  return (await jsm.streams.info(eventsStream)).state.last_seq
}
