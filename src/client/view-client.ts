// A live view on the fleet: opens it at the aggregator, confirms its frames, and opens it anew whenever it was lost.

import {
  createInbox,
  type Msg,
  type NatsConnection,
  type QueuedIterator,
  type Status,
  type Subscription,
} from '@nats-io/nats-core'
import type { AgentDocument } from '../core/agent-document.ts'
import { BeaconError } from '../core/errors.ts'
import {
  type FleetFrame,
  type FleetQuery,
  type OpenReply,
  type QuietMessage,
  type ViewMessage,
  viewSubjects,
} from '../core/view.ts'

export type ViewState = { name: 'live' } | { name: 'lost'; reason: string }

export type ViewHandlers = {
  /** The frame is confirmed when this settles: a viewer that is busy gets fewer frames, not old ones. */
  frame(frame: FleetFrame): void | Promise<void>
  /** Nothing changed since the last frame, at this time of the aggregator's. */
  quiet?(message: QuietMessage): void
  state(state: ViewState): void
  /** The aggregator cannot serve this query; the view stays closed until `update`. */
  refused?(error: BeaconError): void
}

export type ViewOptions = {
  /** Without any message for so long the view is lost. */
  silence_ms?: number
  retry_ms?: number
  /** The inbox prefix of the connection, where permissions are per role. */
  inbox_prefix?: string
}

export type LiveView = { update(query: Partial<FleetQuery>): void; close(): void }

const request_ms = 2_000

export function openLiveView(
  nc: NatsConnection,
  query: Partial<FleetQuery>,
  handlers: ViewHandlers,
  options: ViewOptions = {},
): LiveView {
  const view = new View(nc, query, handlers, options)
  void view.open()
  return view
}

class View implements LiveView {
  readonly #nc: NatsConnection
  readonly #handlers: ViewHandlers
  readonly #silence_ms: number
  readonly #inboxPrefix: string | undefined
  #query: Partial<FleetQuery>
  #id = ''
  #subscription: Subscription | undefined
  #heard_ms = 0
  #lost = false
  /** A frame is with the handler: until it is confirmed nothing can come, and nothing new is wanted. */
  #busy = false
  #closed = false
  #opening = false
  readonly #watch: NodeJS.Timeout
  /** Has to be stopped: the connection keeps each one that it gave out, and a gateway opens many views on one. */
  readonly #statuses: QueuedIterator<Status>

  constructor(nc: NatsConnection, query: Partial<FleetQuery>, handlers: ViewHandlers, options: ViewOptions) {
    this.#nc = nc
    this.#query = query
    this.#handlers = handlers
    this.#silence_ms = options.silence_ms ?? 2_500
    this.#inboxPrefix = options.inbox_prefix
    this.#watch = setInterval(() => this.#watchSilence(), options.retry_ms ?? 500)
    this.#statuses = nc.status() as QueuedIterator<Status>
    void this.#watchConnection()
  }

  /** One attempt; the watch makes the next. */
  async open(): Promise<void> {
    if (this.#closed || this.#opening || this.#nc.isClosed()) return
    this.#opening = true
    this.#subscription?.unsubscribe()
    // A new inbox for each view: what is still on its way to the old one is not read.
    const inbox = createInbox(this.#inboxPrefix)
    const subscription = this.#nc.subscribe(inbox, {
      callback: (error, message) => {
        if (!error && subscription === this.#subscription) void this.#receive(message)
      },
    })
    this.#subscription = subscription
    const query = this.#query
    try {
      const reply = await ask<OpenReply>(this.#nc, viewSubjects.open, { query, subject: inbox })
      this.#opening = false
      this.#opened(reply.view)
      if (query !== this.#query) this.update(this.#query)
    } catch (error) {
      this.#opening = false
      if (error instanceof BeaconError && error.code === 'expression_invalid') this.#refuse(error)
      else this.#lose(error instanceof BeaconError ? error.detail : String(error))
    }
  }

  #opened(id: string): void {
    this.#id = id
    this.#heard_ms = performance.now()
    this.#lost = false
    if (this.#closed) this.#sayClosed()
    else this.#handlers.state({ name: 'live' })
  }

  update(query: Partial<FleetQuery>): void {
    this.#query = query
    if (this.#closed || this.#opening) return
    if (this.#id === '') {
      void this.open()
      return
    }
    ask(this.#nc, viewSubjects.update, { view: this.#id, query }).catch((error: unknown) => {
      if (error instanceof BeaconError && error.code === 'expression_invalid') this.#handlers.refused?.(error)
      else void this.open()
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    this.#statuses.stop()
    this.#subscription?.unsubscribe()
    this.#sayClosed()
  }

  /** The aggregator would notice by itself after a few seconds. */
  #sayClosed(): void {
    if (this.#id !== '' && !this.#nc.isClosed())
      this.#nc.publish(viewSubjects.close, JSON.stringify({ view: this.#id }))
  }

  async #receive(message: Msg): Promise<void> {
    const content = message.json<ViewMessage>()
    this.#heard_ms = performance.now()
    if (content.type === 'closed') {
      this.#id = ''
      this.#lose(content.reason)
      if (!this.#busy) await this.open()
      return
    }
    if (content.type === 'frame') {
      this.#busy = true
      await this.#handlers.frame(content)
      this.#busy = false
      this.#heard_ms = performance.now()
    } else this.#handlers.quiet?.(content)
    if (!this.#nc.isClosed()) message.respond(String(content.frame))
  }

  #watchSilence(): void {
    if (this.#busy) return
    if (this.#lost) void this.open()
    else if (this.#id !== '' && performance.now() - this.#heard_ms > this.#silence_ms) {
      this.#lose('the aggregator fell silent')
      void this.open()
    }
  }

  async #watchConnection(): Promise<void> {
    for await (const { type } of this.#statuses) {
      if (type === 'disconnect') this.#lose('the connection to NATS is lost')
      if (type === 'reconnect') void this.open()
    }
  }

  #lose(reason: string): void {
    this.#lost = true
    if (!this.#closed) this.#handlers.state({ name: 'lost', reason })
  }

  #refuse(error: BeaconError): void {
    this.#id = ''
    this.#lost = false
    this.#handlers.refused?.(error)
  }
}

/** One frame, at this moment. Rejects with `daemon_unreachable` when no aggregator answers. */
export async function fetchFrame(nc: NatsConnection, query: Partial<FleetQuery>): Promise<FleetFrame> {
  return await ask<FleetFrame>(nc, viewSubjects.once, { query })
}

/** One agent with the reasons for its state, at this moment. Rejects with `not_found` when it was never heard of. */
export async function fetchAgent(nc: NatsConnection, agent: string): Promise<AgentDocument> {
  return await ask<AgentDocument>(nc, viewSubjects.agent, { agent })
}

async function ask<Reply>(nc: NatsConnection, subject: string, request: object): Promise<Reply> {
  const message = await nc
    .request(subject, JSON.stringify(request), { timeout: request_ms })
    .catch((error: unknown) => {
      throw new BeaconError('daemon_unreachable', 'no aggregator answers', { cause: error })
    })
  const code = Number(message.headers?.get('Nats-Service-Error-Code') ?? 0)
  const detail = message.headers?.get('Nats-Service-Error') ?? ''
  if (code === 400) throw new BeaconError('expression_invalid', detail)
  if (code === 503) throw new BeaconError('overloaded', detail)
  if (code > 0) throw new BeaconError('not_found', detail)
  return message.json<Reply>()
}
