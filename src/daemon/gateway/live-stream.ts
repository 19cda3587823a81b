// One client of the live stream, whatever its protocol: a view on the fleet whose frames are confirmed only when the
// client's socket has taken them. While it does not, the aggregator merges; nothing waits here but one message.

import type { NatsConnection } from '@nats-io/nats-core'
import { type LiveView, openLiveView } from '../../client/view-client.ts'
import {
  type StreamChanges,
  type StreamMessage,
  streamSchema,
  toStreamChanges,
  toStreamQuery,
} from '../../core/stream-message.ts'
import type { FleetFrame } from '../../core/view.ts'
import type { StreamCounts } from './stream-counts.ts'

/** The client's end of a stream. */
export type StreamClient = {
  /** Resolves when the socket has taken it; a client that is gone may leave it open. */
  send(message: StreamMessage): Promise<void>
  /** Asks for a sign of life, where the protocol can; `LiveStream.heard` is the answer. */
  ping?(): void
  /** Beacon ends the stream; the client may come back. */
  end(reason: string): void
  /** The client does not read: its connection is cut. */
  cut(): void
}

export type StreamSettings = typeof streamDefaults

export const streamDefaults = {
  /** Without a change of its own a client gets the totals this often: a little less than the aggregator's quiet second. */
  totals_ms: 900,
  /** Each so often `quiet` is sent if nothing else was. */
  quiet_ms: 5_000,
  /** A client whose socket takes nothing for so long, or that does not answer a ping, is cut off. */
  stalled_ms: 30_000,
}

export type LiveStreamOptions = {
  nc: NatsConnection
  inbox_prefix: string
  where: string
  client: StreamClient
  counts: StreamCounts
  settings: StreamSettings
  onClose(): void
}

export class LiveStream {
  readonly #options: LiveStreamOptions
  #view: LiveView
  readonly #watch: NodeJS.Timeout
  /** Messages that the socket has not taken yet, and when it took one last. */
  #waiting = 0
  #taken_ms = performance.now()
  #totals_ms = Number.NEGATIVE_INFINITY
  /** What frames that were left out for having no changes had merged. */
  #coalesced = 0
  /** When it was asked for the sign of life that it has not given yet. */
  #asked_ms: number | undefined
  /** Whether the client knows that changes are told. */
  #live = false
  /** It is to be told so when its socket has taken what waits. */
  #lost: StreamMessage | undefined
  #closed = false

  constructor(options: LiveStreamOptions) {
    this.#options = options
    this.#view = this.#open(options.where)
    this.#watch = setInterval(() => this.#look(), options.settings.quiet_ms)
  }

  #open(where: string): LiveView {
    const { nc, inbox_prefix } = this.#options
    const view = openLiveView(
      nc,
      toStreamQuery(where),
      {
        frame: async (frame) => {
          if (view === this.#view) await this.#tell(frame)
        },
        state: (state) => {
          if (view === this.#view && state.name === 'lost') this.#lose(state.reason)
        },
        refused: (error) => this.#lose(error.detail),
      },
      { inbox_prefix },
    )
    return view
  }

  /**
   * Another filter, for all that is told after the answer: so the view is a new one, since frames of the old filter are
   * on their way. The expression must be right.
   */
  async filter(where: string): Promise<void> {
    if (this.#closed) return
    this.#view.close()
    this.#view = this.#open(where)
    this.#totals_ms = Number.NEGATIVE_INFINITY
    await this.send({ schema: streamSchema, type: 'filter', where })
  }

  async send(message: StreamMessage): Promise<void> {
    if (this.#closed) return
    // The time before the first one that waits is not the client's.
    if (this.#waiting++ === 0) this.#taken_ms = performance.now()
    await this.#options.client.send(message)
    this.#waiting--
    this.#taken_ms = performance.now()
    this.#options.counts.onMessage()
    const lost = this.#lost
    this.#lost = undefined
    if (lost) await this.send(lost)
  }

  /** The client gave a sign of life. */
  heard(): void {
    this.#asked_ms = undefined
  }

  /** The client is gone. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    this.#view.close()
    this.#options.onClose()
  }

  /** Beacon ends it. */
  end(reason: string): void {
    this.close()
    this.#options.client.end(reason)
  }

  async #tell(frame: FleetFrame): Promise<void> {
    this.#coalesced += frame.coalesced
    this.#options.counts.onCoalesced(frame.coalesced)
    const changes = { ...toStreamChanges(frame), coalesced: this.#coalesced }
    if (this.#live && !this.#isDue(changes)) return
    this.#coalesced = 0
    this.#totals_ms = performance.now()
    if (!this.#live) {
      // Not before the first frame of a view: what changed until then is not told.
      this.#live = true
      await this.send({ schema: streamSchema, type: 'live' })
    }
    await this.send({ schema: streamSchema, type: 'changes', ...changes })
  }

  #isDue({ changes, skipped }: StreamChanges): boolean {
    if (changes.length > 0 || skipped > 0) return true
    return performance.now() - this.#totals_ms >= this.#options.settings.totals_ms
  }

  /** Each attempt that fails says so again, the client hears it once. */
  #lose(reason: string): void {
    if (!this.#live) return
    this.#live = false
    const message: StreamMessage = { schema: streamSchema, type: 'lost', reason }
    if (this.#waiting === 0) void this.send(message)
    else this.#lost = message
  }

  #look(): void {
    const { client, settings } = this.#options
    const now_ms = performance.now()
    const waits_since_ms = this.#waiting > 0 ? this.#taken_ms : now_ms
    if (now_ms - Math.min(waits_since_ms, this.#asked_ms ?? now_ms) >= settings.stalled_ms) {
      this.close()
      client.cut()
    } else if (this.#waiting === 0) {
      if (client.ping && this.#asked_ms === undefined) {
        this.#asked_ms = now_ms
        client.ping()
      }
      if (now_ms - this.#taken_ms >= settings.quiet_ms)
        void this.send({ schema: streamSchema, type: 'quiet', at: new Date().toISOString() })
    }
  }
}
