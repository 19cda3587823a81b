// Admits one valid event: stamps it, and turns it into the message that its lane publishes.

import { randomInt } from 'node:crypto'
import { makeIdSource } from '../../core/event-id.ts'
import { toEventLine } from '../../core/event-line.ts'
import { type Hlc, tick, toHlcText } from '../../core/hlc.ts'
import type { Redact } from '../../core/redact.ts'
import { hashAgent, toAgentToken } from '../../core/subjects.ts'
import type { EntryEvent } from './door.ts'
import type { LaneMessage } from './lanes.ts'

/** `in_seq` for what came through BEACON_IN. */
export type StampEvent = (event: EntryEvent, in_seq?: number) => LaneMessage

/** Stamps are given in the order of admission, which is the order in the lane: the clock grows per agent. */
export function makeStampEvent(partitions: number, now_ms: () => number = Date.now): StampEvent {
  const nextId = makeIdSource(now_ms, () => [randomInt(2 ** 31), randomInt(2 ** 31)])
  const node = randomInt(2 ** 28)
  let clock: Hlc = { wall_ms: 0, counter: 0 }
  return (event, in_seq) => {
    const received_at_ms = now_ms()
    clock = tick(clock, received_at_ms)
    const stamp = { id: event.id ?? nextId(), received_at_ms, hlc: toHlcText(clock, node) }
    const line = toEventLine(event, in_seq === undefined ? stamp : { ...stamp, in_seq })
    const hash = hashAgent(event.agent_id)
    const subject = `beacon.ev.${hash % partitions}.${toAgentToken(event.agent_id)}`
    return { subject, line, bytes: Buffer.byteLength(line), hash }
  }
}

/** Stamps what is left of an event when its secrets are taken out: nothing else gets into the stream. */
export function withRedaction(stamp: StampEvent, redact: Redact): StampEvent {
  return (event, in_seq) => {
    const { metadata } = event
    return stamp(metadata === undefined ? event : { ...event, metadata: redact(metadata) }, in_seq)
  }
}
