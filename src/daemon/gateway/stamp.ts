// Admits one valid event: stamps it, and turns it into the message that its lane publishes.

import { randomInt } from 'node:crypto'
import type { EventBody, EventKind } from '../../core/event.ts'
import { makeIdSource } from '../../core/event-id.ts'
import { toEventLine } from '../../core/event-line.ts'
import { type Hlc, tick, toHlcText } from '../../core/hlc.ts'
import { hashAgent, toAgentToken } from '../../core/subjects.ts'
import type { LaneMessage } from './lanes.ts'

/** `in_seq` for what came through BEACON_IN; `kind` for what only Beacon's own doors may write. */
export type StampEvent = (body: EventBody, in_seq?: number, kind?: EventKind) => LaneMessage

/** Stamps are given in the order of admission, which is the order in the lane: the clock grows per agent. */
export function makeStampEvent(partitions: number, now_ms: () => number = Date.now): StampEvent {
  const nextId = makeIdSource(now_ms, () => [randomInt(2 ** 31), randomInt(2 ** 31)])
  const node = randomInt(2 ** 28)
  let clock: Hlc = { wall_ms: 0, counter: 0 }
  return (body, in_seq, kind) => {
    const received_at_ms = now_ms()
    clock = tick(clock, received_at_ms)
    const stamp = { id: body.id ?? nextId(), received_at_ms, hlc: toHlcText(clock, node) }
    const line = toEventLine(body, in_seq === undefined ? stamp : { ...stamp, in_seq }, kind)
    const hash = hashAgent(body.agent_id)
    const subject = `beacon.ev.${hash % partitions}.${toAgentToken(body.agent_id)}`
    return { subject, line, bytes: Buffer.byteLength(line), hash }
  }
}
