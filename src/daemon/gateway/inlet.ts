// The inlet: admits BEACON_IN into BEACON_EVENTS, in order, once.
//
// Readers of BEACON_EVENTS drop what an agent's `in_seq` has passed (core/seen.ts), so nothing may be skipped: a chunk
// is stored to its end before the next is read, and a message is acknowledged only when it is stored. What a gateway
// that lost the lease still sends is a repetition of what its successor reads again, and so dropped.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Disconnects } from '../stream/disconnects.ts'
import type { GatewayCounts } from './gateway-counts.ts'
import { type InMessage, openInletConsumer } from './inlet-consumer.ts'
import { parseInMessage } from './inlet-message.ts'
import type { LaneMessage, Lanes } from './lanes.ts'
import { type QuarantineOptions, toQuarantine } from './quarantine.ts'
import { sleepOrAbort } from './sleep-or-abort.ts'
import type { StampEvent } from './stamp.ts'

export type InletOptions = {
  nc: NatsConnection
  jsm: JetStreamManager
  disconnects: Disconnects
  lanes: Lanes
  stamp: StampEvent
  counts: GatewayCounts
  quarantine: QuarantineOptions
}

const retry_ms = 100

/** Works until the signal aborts. Rejects when the reader has to be opened anew. */
export async function runInlet(options: InletOptions, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const consumer = await openInletConsumer(options.nc, options.jsm, options.disconnects)
  signal.addEventListener('abort', consumer.close, { once: true })
  try {
    while (!signal.aborted) {
      const messages = await consumer.next()
      if (messages.length > 0) await admit(options, messages, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', consumer.close)
    consumer.close()
  }
}

async function admit(options: InletOptions, messages: InMessage[], signal: AbortSignal): Promise<void> {
  let quarantined = 0
  let waiting = messages.map((source) => {
    const message = toLaneMessage(options, source)
    if (message.subject.startsWith('beacon.quarantine.')) quarantined++
    return { source, message }
  })
  while (waiting.length > 0 && !signal.aborted) {
    const { seqs, failure } = await options.lanes.admit(waiting.map(({ message }) => message))
    waiting = waiting.filter(({ source }, i) => {
      if (seqs[i]) source.ack()
      return !seqs[i]
    })
    // Full or away: nobody waits for an answer here, so it goes on by itself as soon as it can.
    if (failure) await sleepOrAbort(retry_ms, signal)
  }
  if (waiting.length === 0) options.counts.onInlet(messages.length - quarantined, quarantined)
}

function toLaneMessage(options: InletOptions, source: InMessage): LaneMessage {
  const event = parseInMessage(source.subject, source.data)
  if (!event.ok) return toQuarantine(source, event.error, options.quarantine)
  const message = options.stamp(event.value, source.in_seq)
  if (message.bytes <= options.quarantine.payload_bytes_max) return message
  return toQuarantine(source, { field: '', message: 'the event is too large' }, options.quarantine)
}
