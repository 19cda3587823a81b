// Publishes a batch of messages into a stream and says what became of each.
// Our own form of what nats.js has: its `Batch.commit()` does not read the error in the server's reply.

import type { NatsConnection } from '@nats-io/nats-core'
import { type Ack, type AckError, makeAckInbox } from './ack-inbox.ts'
import type { Disconnects } from './disconnects.ts'
import { isConnected, type Message, sendFrames, toBatchFrames, toPlainFrames } from './publish-frames.ts'

export type { Message } from './publish-frames.ts'

/**
 * Why messages have no sequence. `full`: the stream is at its limit. `unavailable`: no broker, no stream, or it has
 * no resources. `refused`: the broker named another reason. `unknown`: it did not answer in time, or the connection
 * broke in between; the messages may be stored or not.
 */
export type PublishFailure = { reason: 'full' | 'unavailable' | 'refused' | 'unknown'; detail: string }

/** `seqs[i]` is the stream sequence of message i, 0 when it has none; then `failure` says why. */
export type Published = { seqs: number[]; failure?: PublishFailure }

export type Publisher = {
  /** All or none; at most 1,000 messages and 4 MiB. */
  publishBatch(messages: readonly Message[]): Promise<Published>
  /** Each for itself. Two messages of one subject in one call could pass each other when the first is refused. */
  publishPlain(messages: readonly Message[]): Promise<Published>
  connected(): boolean
  /** Settles what is in flight as unknown. */
  close(): void
}

export const batchLimits = { messages_max: 1_000, bytes_max: 4 * 1024 * 1024 } as const

export type PublisherOptions = {
  nc: NatsConnection
  disconnects: Disconnects
  /** Distinguishes this publisher's batches from every other's in the stream; up to 40 characters. */
  id: string
  /** After it the outcome counts as unknown. */
  ack_timeout_ms: number
}

export function makePublisher({ nc, disconnects, id, ack_timeout_ms }: PublisherOptions): Publisher {
  const inbox = makeAckInbox(nc)
  const inFlight = new Set<(detail: string) => void>()
  let batches = 0
  // Said at once rather than after the timeout.
  const unwatch = disconnects.onDisconnect(() => {
    for (const lose of [...inFlight]) lose('the connection to the broker broke')
  })

  function publish(count: number, answers: number, toFrames: (reply: string) => string): Promise<Published> {
    return new Promise((resolve) => {
      const seqs = new Array<number>(count).fill(0)
      let failure: PublishFailure | undefined
      let left = answers
      const settle = () => {
        clearTimeout(timer)
        inFlight.delete(lose)
        waiting.close()
        resolve(failure ? { seqs, failure } : { seqs })
      }
      const waiting = inbox.open((slot: number, ack: Ack) => {
        if ('error' in ack) failure ??= toFailure(ack.error)
        else if (answers === 1) for (let i = 0; i < count; i++) seqs[i] = ack.seq - count + 1 + i
        else seqs[slot] = ack.seq
        left--
        if (left === 0) settle()
      })
      const lose = (detail: string) => {
        failure = { reason: 'unknown', detail }
        settle()
      }
      const timer = setTimeout(lose, ack_timeout_ms, `no acknowledgement in ${ack_timeout_ms} ms`)
      inFlight.add(lose)
      if (!sendFrames(nc, toFrames(waiting.reply))) {
        failure = notConnected
        settle()
      }
    })
  }

  return {
    publishBatch: (messages) =>
      publish(messages.length, 1, (reply) =>
        toBatchFrames(messages, `${id}.${(batches++).toString(36)}`, `${reply}0`),
      ),
    publishPlain: (messages) =>
      publish(messages.length, messages.length, (reply) => toPlainFrames(messages, reply)),
    connected: () => isConnected(nc),
    close() {
      for (const lose of [...inFlight]) lose('the publisher was closed')
      unwatch()
      inbox.close()
    },
  }
}

const notConnected: PublishFailure = { reason: 'unavailable', detail: 'the broker is not connected' }

/** Error codes of nats-server's server/errors.json. */
const fullCodes = new Set([
  10077 /* stream store failed: maximum bytes or messages */, 10047 /* storage resources */,
])
const unavailableCodes = new Set([
  503 /* no responders */, 10023 /* insufficient resources */, 10002 /* account resources */,
  10008 /* temporarily unavailable */, 10009 /* no leader */, 10076 /* JetStream not enabled */,
])

function toFailure({ err_code, description }: AckError): PublishFailure {
  if (fullCodes.has(err_code)) return { reason: 'full', detail: description }
  if (unavailableCodes.has(err_code)) return { reason: 'unavailable', detail: description }
  return { reason: 'refused', detail: description }
}
