// The inlet: admits BEACON_IN into BEACON_EVENTS, in order, once.
//
// Readers of BEACON_EVENTS drop what an agent's `in_seq` has passed (core/seen.ts), so nothing may be skipped: a chunk
// is stored to its end before the next is read, and a message is acknowledged only when it is stored. What a gateway
// that lost the lease still sends is a repetition of what its successor reads again, and so dropped.
//
// For the same reason nothing may pass a claim that waits for a beat to be judged by: the whole inlet waits, for a bounded
// time after the gateway's start.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { parseAgentToken } from '../../core/subjects.ts'
import { sleepOrAbort } from '../sleep-or-abort.ts'
import type { Disconnects } from '../stream/disconnects.ts'
import type { Claims } from './claims.ts'
import type { EntryIssue } from './door.ts'
import type { GatewayCounts } from './gateway-counts.ts'
import { type InMessage, openInletConsumer } from './inlet-consumer.ts'
import { type InPlace, parseInClaim, parseInState, parseInSubject } from './inlet-message.ts'
import type { LaneMessage, Lanes } from './lanes.ts'
import { type QuarantineOptions, toQuarantine } from './quarantine.ts'
import type { ClaimRefusals } from './refused-claims.ts'
import type { StampEvent } from './stamp.ts'

export type InletOptions = {
  nc: NatsConnection
  jsm: JetStreamManager
  disconnects: Disconnects
  lanes: Lanes
  stamp: StampEvent
  counts: GatewayCounts
  claims: Claims
  refusals: ClaimRefusals
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

type Entry = { source: InMessage; place: InPlace; message: LaneMessage; issue: EntryIssue | undefined }

async function admit(options: InletOptions, messages: InMessage[], signal: AbortSignal): Promise<void> {
  const { lanes, claims, refusals, counts } = options
  const places = messages.map(({ subject }) => parseInSubject(subject))
  if (places.some(({ door }) => door === 'claim')) await claims.untilKnown(signal)
  if (signal.aborted) return
  const entries = messages.map((source, i) => toEntry(options, source, places[i] as InPlace))
  let waiting = entries
  while (waiting.length > 0 && !signal.aborted) {
    const { seqs, failure } = await lanes.admit(waiting.map(({ message }) => message))
    waiting = waiting.filter(({ source, place, issue }, i) => {
      if (!seqs[i]) return true
      source.ack()
      if (issue && place.door === 'claim') refusals.add(issue.code, parseAgentToken(place.token))
      return false
    })
    // Full or away: nobody waits for an answer here, so it goes on by itself as soon as it can.
    if (failure) await sleepOrAbort(retry_ms, signal)
  }
  if (waiting.length > 0) return
  const quarantined = entries.filter(({ issue }) => issue).length
  counts.onInlet(entries.length - quarantined, quarantined)
}

function toEntry({ stamp, claims, quarantine }: InletOptions, source: InMessage, place: InPlace): Entry {
  const { data, in_seq, stored_at_ms } = source
  const { cluster_id } = claims
  const event =
    place.door === 'claim'
      ? parseInClaim(place, data, { cluster_id, parse: claims.at(stored_at_ms) })
      : parseInState(place.token, data)
  const message = event.ok ? stamp(event.value, in_seq) : undefined
  if (message && message.bytes <= quarantine.payload_bytes_max)
    return { source, place, message, issue: undefined }
  const issue = event.ok ? { field: '', message: 'the event is too large' } : event.error
  return { source, place, message: toQuarantine(source, issue, quarantine), issue }
}
