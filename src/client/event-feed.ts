// Reads BEACON_EVENTS from an exact sequence on, in order, without a gap and without a repeat, for ever.
//
// A pull consumer without acknowledgements: the reader's own position is the truth, so a lost broker, a lost
// consumer or a lost message all mend the same way, by a new consumer from the next sequence. Pulls are issued
// only while the reader keeps up, which bounds memory without any help of the server.

import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/nats-core'
import type { NatsConnectionImpl } from '@nats-io/nats-core/internal'
import { eventsStream } from '../core/subjects.ts'
import { parseAckSubject } from './ack-subject.ts'

export type FeedMessage = { seq: number; subject: string; data: Uint8Array }

export type FeedOptions = {
  /** First sequence wanted. */
  from: number
  /** Only subjects that match; without it every sequence is delivered, and a hole is reported. */
  filter?: string
  /** Messages of one pull; twice as many may wait for the reader. */
  pull_messages?: number
  pull_bytes?: number
  signal: AbortSignal
  /** Sequences that the stream does not hold (any more): from `from` to before `to`. */
  onHole?(from: number, to: number): void
  /** A consumer had to be made anew: why. */
  onRestart?(reason: string): void
}

export type Gather = {
  /** Resolve as soon as so many messages wait … */
  messages: number
  /** … or so long after the first of them arrived. */
  wait_ms: number
  /** Once aborted, resolve with what is there. */
  hurry?: AbortSignal
}

export type EventFeed = {
  /**
   * What has arrived, in order; without `gather`, as soon as there is one message. Undefined once the signal of the
   * feed has aborted. Empty only when hurried.
   */
  next(gather?: Gather): Promise<FeedMessage[] | undefined>
  /** Messages in the stream behind the last one delivered, as the server last said. */
  pending(): number
}

const atOnce: Gather = { messages: 1, wait_ms: 0 }
const heartbeat_ms = 1_000
const silence_ms = 3_000
const expires_ms = 20_000
const retry_ms = 200
const consumer_idle_ms = 60_000

/** Opens a feed. Rejects when the first consumer cannot be made (no stream, no permission). */
export async function openEventFeed(nc: NatsConnection, options: FeedOptions): Promise<EventFeed> {
  const feed = new Feed(nc, await jetstreamManager(nc, { checkAPI: false }), options)
  await feed.start()
  return feed
}

class Feed implements EventFeed {
  readonly #nc: NatsConnection
  readonly #jsm: JetStreamManager
  readonly #options: FeedOptions
  readonly #pullMessages: number
  readonly #pullBytes: number
  #buffer: FeedMessage[] = []
  #wake: (() => void) | undefined
  /** When the oldest message in the buffer arrived (monotonic). */
  #firstAt = 0
  #next: number
  #pending = 0
  /** Messages still due of the pull in flight; 0 = none in flight. */
  #due = 0
  /** Bytes left of it; the server counts subject, reply and data. */
  #dueBytes = 0
  /** Number of the last pull: the end of an earlier one is no news. */
  #pulls = 0
  #inbox = ''
  #consumer = ''
  #subscription: Subscription | undefined
  #lastHeard = 0
  #watch: NodeJS.Timeout | undefined
  #restarting = false
  /** The sequence of a hole that a new consumer was asked about: seen twice, it is real. */
  #holeAt = 0

  constructor(nc: NatsConnection, jsm: JetStreamManager, options: FeedOptions) {
    this.#nc = nc
    this.#jsm = jsm
    this.#options = options
    this.#next = options.from
    this.#pullMessages = options.pull_messages ?? 2_000
    this.#pullBytes = options.pull_bytes ?? 8 * 1024 * 1024
  }

  async start(): Promise<void> {
    await this.#subscribe()
    this.#watch = setInterval(() => this.#watchSilence(), heartbeat_ms)
    void this.#watchConnection()
    this.#options.signal.addEventListener('abort', () => this.#close(), { once: true })
    if (this.#options.signal.aborted) this.#close()
  }

  pending(): number {
    return this.#pending + this.#buffer.length
  }

  async next(gather: Gather = atOnce): Promise<FeedMessage[] | undefined> {
    while (this.#buffer.length < gather.messages && !gather.hurry?.aborted) {
      if (this.#options.signal.aborted) return undefined
      const left_ms =
        this.#buffer.length === 0
          ? Number.POSITIVE_INFINITY
          : this.#firstAt + gather.wait_ms - performance.now()
      if (left_ms <= 0) break
      await this.#arrival(left_ms, gather)
    }
    const messages = this.#buffer
    this.#buffer = []
    if (this.#due === 0 && !this.#restarting) this.#pull()
    return messages
  }

  /** Resolves when the reader should look again: enough arrived, time is up, hurried or closed. */
  async #arrival(left_ms: number, gather: Gather): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    let wake = (): void => undefined
    await new Promise<void>((resolve) => {
      wake = () => resolve()
      this.#wake = () => {
        // The first message starts the clock; after it, only enough messages are worth a look.
        if (
          this.#buffer.length <= 1 ||
          this.#buffer.length >= gather.messages ||
          this.#options.signal.aborted
        )
          resolve()
      }
      if (left_ms !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, left_ms)
      gather.hurry?.addEventListener('abort', wake, { once: true })
    })
    clearTimeout(timer)
    gather.hurry?.removeEventListener('abort', wake)
    this.#wake = undefined
  }

  async #subscribe(): Promise<void> {
    const info = await this.#jsm.consumers.add(eventsStream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
      inactive_threshold: nanos(consumer_idle_ms),
      mem_storage: true,
      ...(this.#options.filter ? { filter_subject: this.#options.filter } : {}),
    })
    this.#consumer = info.name
    this.#pending = info.num_pending
    // A role may listen under its own prefix only, and agents cannot listen there.
    this.#inbox = createInbox((this.#nc as NatsConnectionImpl).options.inboxPrefix)
    this.#subscription = this.#nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#receive(message)
      },
    })
    this.#pull()
  }

  #pull(): void {
    if (!this.#subscription || this.#nc.isClosed() || this.#options.signal.aborted) return
    this.#due = this.#pullMessages
    this.#dueBytes = this.#pullBytes
    this.#pulls++
    this.#lastHeard = performance.now()
    this.#nc.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${eventsStream}.${this.#consumer}`,
      JSON.stringify({
        batch: this.#pullMessages,
        max_bytes: this.#pullBytes,
        expires: nanos(expires_ms),
        idle_heartbeat: nanos(heartbeat_ms),
      }),
      { reply: `${this.#inbox}.${this.#pulls}` },
    )
  }

  #receive(message: Msg): void {
    this.#lastHeard = performance.now()
    const delivery = parseAckSubject(message.reply)
    if (!delivery) {
      const code = message.headers?.code ?? 0
      // With max_bytes the server also says that a pull is used up which the count has ended already.
      if (code === 100 || message.subject !== `${this.#inbox}.${this.#pulls}`) return
      this.#due = 0
      if (code === 404 || code === 408 || isPullEnd(code, message.headers?.description ?? ''))
        this.#pullIfRoom()
      else this.#restart(`${code} ${message.headers?.description ?? ''}`)
      return
    }
    const { seq, pending } = delivery
    if (seq < this.#next) return
    if (seq > this.#next && !this.#options.filter && this.#isHole(seq)) return
    this.#next = seq + 1
    this.#pending = pending
    if (this.#buffer.length === 0) this.#firstAt = performance.now()
    this.#buffer.push({ seq, subject: message.subject, data: message.data })
    this.#dueBytes -= message.subject.length + (message.reply?.length ?? 0) + message.data.length
    // The server says nothing when the last message used the bytes up exactly.
    if (--this.#due === 0 || this.#dueBytes === 0) this.#endPull()
    this.#wake?.()
  }

  /** True when the message must wait: a new consumer is asked first whether the sequences before it exist. */
  #isHole(seq: number): boolean {
    if (this.#holeAt !== this.#next) {
      this.#holeAt = this.#next
      this.#restart(`expected sequence ${this.#next}, got ${seq}`)
      return true
    }
    this.#options.onHole?.(this.#next, seq)
    return false
  }

  #endPull(): void {
    this.#due = 0
    this.#pullIfRoom()
  }

  #pullIfRoom(): void {
    if (this.#buffer.length < this.#pullMessages) this.#pull()
  }

  /** What was on its way when the connection broke is gone, and a filtered feed could not tell. */
  async #watchConnection(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (this.#options.signal.aborted) return
      if (status.type === 'reconnect') this.#restart('the connection was lost')
    }
  }

  #watchSilence(): void {
    if (this.#due > 0 && !this.#restarting && performance.now() - this.#lastHeard > silence_ms) {
      this.#restart('the broker fell silent')
    }
  }

  #restart(reason: string): void {
    if (this.#restarting || this.#options.signal.aborted) return
    this.#restarting = true
    this.#due = 0
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
    this.#options.onRestart?.(reason)
    const attempt = (): void => {
      if (this.#options.signal.aborted || this.#nc.isClosed()) return
      this.#subscribe().then(
        () => {
          this.#restarting = false
        },
        () => setTimeout(attempt, retry_ms),
      )
    }
    attempt()
  }

  #close(): void {
    clearInterval(this.#watch)
    this.#subscription?.unsubscribe()
    this.#wake?.()
    // The consumer would end by itself; a tidy reader does not leave it for a minute.
    if (this.#consumer && !this.#nc.isClosed()) {
      this.#jsm.consumers.delete(eventsStream, this.#consumer).catch(() => undefined)
    }
  }
}

/** 409 also says that a pull is used up; anything else with 409 (consumer deleted, leadership changed) is not. */
function isPullEnd(code: number, description: string): boolean {
  return code === 409 && /max\s?bytes|batch completed/i.test(description)
}
