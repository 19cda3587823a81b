// The lanes of a gateway: an agent hashes to one lane, and a lane has one batch in flight, so that nothing of an
// agent overtakes what came before it. What queues while a batch is in flight makes the next; an idle lane sends at once.

import type { ErrorCode } from '../../core/errors.ts'
import type { Message, Publisher, PublishFailure } from '../stream/publish-batch.ts'
import type { Circuit } from './circuit.ts'
import { makeQueue, type Queue } from './queue.ts'
import { type Batch, takeBatch } from './take-batch.ts'

/** A message of an agent; `hash` is `hashAgent` of the agent's id. */
export type LaneMessage = Message & { hash: number }

/** Why some messages are not stored, as the sender is told. */
export type NotStored = { code: Extract<ErrorCode, 'overloaded' | 'outcome_unknown'>; detail: string }

/** `seqs[i]` is the sequence of message i, 0 when it is not (known to be) stored; then `failure` says why. */
export type Admission = { seqs: number[]; failure?: NotStored }

export type Lanes = {
  /** Resolves when every message has its outcome. Refuses at once what does not fit. */
  admit(messages: readonly LaneMessage[]): Promise<Admission>
  /** Why nothing can be admitted now; undefined when it can. */
  blocked(): NotStored | undefined
  depth(): { events: number; bytes: number }
}

export type LanesOptions = {
  publisher: Publisher
  circuit: Circuit
  lanes: number
  /** Whether the stream takes atomic batches. */
  atomic: boolean
  /** Up to so many messages are cheaper one by one than as an atomic batch: see take-batch.ts. */
  plain_max: number
  events_max: number
  bytes_max: number
  /** Told of each batch that was answered. */
  onBatch?(events: number, took_ms: number): void
}

type Ticket = Admission & { left: number; resolve(admission: Admission): void }
type Entry = { message: LaneMessage; ticket: Ticket; at: number }
type Lane = { queue: Queue<Entry>; busy: boolean }

export function makeLanes(options: LanesOptions): Lanes {
  const { publisher, circuit } = options
  const lanes = Array.from({ length: options.lanes }, (): Lane => ({ queue: makeQueue(), busy: false }))
  const depth = { events: 0, bytes: 0 }

  function blocked(): NotStored | undefined {
    if (!publisher.connected()) return overloaded('the broker is not connected')
    const reason = circuit.blocked()
    return reason === undefined ? undefined : overloaded(reason)
  }

  function admit(messages: readonly LaneMessage[]): Promise<Admission> {
    const bytes = messages.reduce((sum, message) => sum + message.bytes, 0)
    const failure = blocked() ?? overflow(bytes, messages.length)
    if (failure) return Promise.resolve({ seqs: messages.map(() => 0), failure })
    depth.events += messages.length
    depth.bytes += bytes
    return new Promise((resolve) => {
      const ticket: Ticket = { seqs: new Array(messages.length).fill(0), left: messages.length, resolve }
      const touched = new Set<Lane>()
      for (let at = 0; at < messages.length; at++) {
        const message = messages[at] as LaneMessage
        const lane = laneOf(message)
        lane.queue.push({ message, ticket, at })
        touched.add(lane)
      }
      for (const lane of touched) if (!lane.busy) void pump(lane)
    })
  }

  /** The upper bits: the lower ones choose the partition. */
  const laneOf = (message: LaneMessage) => lanes[(message.hash >>> 12) % lanes.length] as Lane

  /** One message more than nothing always fits, so that no message is refused for ever. */
  function overflow(bytes: number, events: number): NotStored | undefined {
    if (depth.events === 0) return undefined
    if (depth.events + events > options.events_max || depth.bytes + bytes > options.bytes_max) {
      return overloaded(`${depth.events} events wait already`)
    }
    return undefined
  }

  async function pump(lane: Lane): Promise<void> {
    lane.busy = true
    while (lane.queue.size() > 0) {
      const failure = circuit.blocked()
      if (failure !== undefined) {
        failQueue(lane, overloaded(failure))
        break
      }
      await publish(lane, takeBatch(lane.queue, options, circuit.state() === 'trial'))
    }
    lane.busy = false
  }

  async function publish(lane: Lane, { batch, atomic }: Batch<Entry>): Promise<void> {
    const start = performance.now()
    const messages = batch.map((entry) => entry.message)
    const send = atomic ? publisher.publishBatch : publisher.publishPlain
    const { seqs, failure } = await send(messages)
    options.onBatch?.(batch.length, performance.now() - start)
    const notStored = failure && toNotStored(failure)
    for (let i = 0; i < batch.length; i++) settle(batch[i] as Entry, seqs[i] as number, notStored)
    if (!failure) return circuit.succeeded()
    if (failure.reason !== 'refused') circuit.failed(toDetail(failure))
    // What was admitted before the failure was known must not overtake what failed.
    failQueue(lane, overloaded(toDetail(failure)))
  }

  function failQueue(lane: Lane, failure: NotStored): void {
    for (let entry = lane.queue.shift(); entry; entry = lane.queue.shift()) settle(entry, 0, failure)
  }

  function settle({ message, ticket, at }: Entry, seq: number, failure: NotStored | undefined): void {
    depth.events--
    depth.bytes -= message.bytes
    ticket.seqs[at] = seq
    // An unknown outcome outweighs a refusal: only it may have stored something.
    if (seq === 0 && failure && ticket.failure?.code !== 'outcome_unknown') ticket.failure = failure
    ticket.left--
    if (ticket.left === 0) {
      ticket.resolve(ticket.failure ? { seqs: ticket.seqs, failure: ticket.failure } : { seqs: ticket.seqs })
    }
  }

  return {
    admit,
    blocked,
    depth: () => ({ ...depth }),
  }
}

const overloaded = (detail: string): NotStored => ({ code: 'overloaded', detail })

function toNotStored(failure: PublishFailure): NotStored {
  return failure.reason === 'unknown'
    ? { code: 'outcome_unknown', detail: toDetail(failure) }
    : overloaded(toDetail(failure))
}

function toDetail({ reason, detail }: PublishFailure): string {
  return reason === 'full' ? `the event stream is full (${detail})` : detail
}
