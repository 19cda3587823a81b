// Reads BEACON_IN from its first message on, in order, in chunks. The consumer is made anew by each reader and after
// each irregularity: whatever is not acknowledged still stands in the work queue, so reading begins again at the first of it.

import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { createInbox, type MsgImpl, type NatsConnectionImpl } from '@nats-io/nats-core/internal'
import { type Delivery, parseAckSubject } from '../../client/ack-subject.ts'
import { inStream } from '../../core/subjects.ts'
import type { Disconnects } from '../stream/disconnects.ts'

export type InMessage = {
  in_seq: number
  subject: string
  data: Buffer
  /** By the broker's clock, milliseconds since the epoch: it may have waited since. */
  stored_at_ms: number
  ack(): void
}

export type InletConsumer = {
  /** The next messages, none after a while of silence. Rejects when the order can no longer be trusted. */
  next(): Promise<InMessage[]>
  close(): void
}

export const inletConsumerName = 'beacon-inlet'

const chunk = { messages_max: 500, bytes_max: 8 * 1024 * 1024 }
const expires_ms = 5_000

export async function openInletConsumer(
  nc: NatsConnection,
  jsm: JetStreamManager,
  disconnects: Disconnects,
): Promise<InletConsumer> {
  await jsm.consumers.delete(inStream, inletConsumerName).catch(() => {})
  await jsm.consumers.add(inStream, consumerConfig)
  const inbox = createInbox((nc as NatsConnectionImpl).options.inboxPrefix)
  const subscription = nc.subscribe(`${inbox}.*`, {
    callback: (error, msg) => {
      if (!error) receive(msg)
    },
  })
  const unwatch = disconnects.onDisconnect(() => breakOff('the connection broke'))
  let delivered = 0
  let pulls = 0
  let pull: Pull | undefined
  let broken: Error | undefined

  /** After it nothing is given out any more, so that nothing can be skipped. */
  function breakOff(reason: string): void {
    broken ??= new Error(reason)
    pull?.reject(broken)
  }

  function receive(msg: Msg): void {
    const delivery = parseAckSubject(msg.reply)
    if (delivery) take(msg, delivery)
    // A status belongs to one pull.
    else if (pull && msg.subject === pull.reply && msg.headers?.code !== 100) {
      if (isEnd(msg)) pull.resolve(pull.messages)
      else breakOff(`the pull ended: ${msg.headers?.status || 'no status'}`)
    }
  }

  function take(msg: Msg, { deliveries, seq: in_seq, consumer_seq, stored_at_ms }: Delivery): void {
    delivered++
    if (!pull || deliveries !== 1 || consumer_seq !== delivered) {
      breakOff(`message ${in_seq} came out of order`)
      return
    }
    const { subject } = msg
    const ack = () => msg.respond('+ACK')
    pull.messages.push({ in_seq, subject, data: Buffer.from(msg.data), stored_at_ms, ack })
    pull.bytes += messageBytes(msg)
    // The broker says nothing when the last message used the pull up exactly.
    if (pull.messages.length === chunk.messages_max || pull.bytes === chunk.bytes_max) {
      pull.resolve(pull.messages)
    }
  }

  async function next(): Promise<InMessage[]> {
    if (broken) throw broken
    const reply = `${inbox}.${pulls++}`
    const { promise, resolve, reject } = Promise.withResolvers<InMessage[]>()
    pull = { reply, messages: [], bytes: 0, resolve, reject }
    const timer = setTimeout(breakOff, expires_ms + 2_000, 'the broker does not answer a pull')
    nc.publish(pullSubject, pullRequest, { reply })
    return await promise.finally(() => {
      clearTimeout(timer)
      pull = undefined
    })
  }

  return {
    next,
    close() {
      breakOff('the reader was closed')
      unwatch()
      if (!nc.isClosed()) subscription.unsubscribe()
    },
  }
}

type Pull = {
  reply: string
  messages: InMessage[]
  bytes: number
  resolve(messages: InMessage[]): void
  reject(error: Error): void
}

const consumerConfig = {
  durable_name: inletConsumerName,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  // A redelivery would come out of order. A reader that needs messages again makes the consumer anew.
  ack_wait: 3_600_000_000_000,
  max_ack_pending: 2 * chunk.messages_max,
}

const pullSubject = `$JS.API.CONSUMER.MSG.NEXT.${inStream}.${inletConsumerName}`

/** With no_wait and expires the broker answers as soon as there is anything, with all that it has. */
const pullRequest = JSON.stringify({
  batch: chunk.messages_max,
  max_bytes: chunk.bytes_max,
  no_wait: true,
  expires: expires_ms * 1_000_000,
})

/** As the broker counts them: subject, reply, headers and data. */
const messageBytes = (msg: Msg): number => (msg as MsgImpl).size()

/** 404 no (more) messages, 408 the pull expired, 409 the pull is used up. */
function isEnd({ headers }: Msg): boolean {
  const code = headers?.code
  return (
    code === 404 ||
    code === 408 ||
    (code === 409 && /maxbytes|batch completed/i.test(headers?.description ?? ''))
  )
}
