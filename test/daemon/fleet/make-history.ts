// Random histories: what a stream delivers, folded plainly and written to a real archive.

import fc from 'fast-check'
import { toAgentDocument } from '../../../src/core/explain-agent.ts'
import { type Fleet, fold, pass } from '../../../src/core/fleet.ts'
import { parseFleetEvent } from '../../../src/core/fleet-event.ts'
import type { Quarantined } from '../../../src/daemon/archive/quarantine.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'
import { makeEvent, start_ms } from '../archive/make-events.ts'

/** Mostly events, some numbered and some of them twice, some input to quarantine. Times jitter as those of gateways do. */
const arbitraryMessage = fc.record({
  kind: fc.constantFrom('event', 'event', 'event', 'event', 'refused', 'quarantined'),
  agent: fc.constantFrom('a', 'b', 'c', 'ä "quoted"\n', 'x'.repeat(200)),
  number: fc.oneof(
    fc.record({}),
    fc.record({ agent_seq: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ in_seq: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ agent_seq: fc.integer({ min: 1, max: 12 }), in_seq: fc.integer({ min: 1, max: 30 }) }),
  ),
  run: fc.constantFrom(undefined, 'r1', 'r2'),
  elapsed_ms: fc.constantFrom(0, 1, 1, 100, -5, 40 * 60_000, 5 * 3_600_000),
  text: fc.constantFrom(undefined, 'multi\nline', '🛰'),
})

export type Message = typeof arbitraryMessage extends fc.Arbitrary<infer T> ? T : never
export const arbitraryMessages = fc.array(arbitraryMessage, { minLength: 1, maxLength: 25 })

export type Batch = { events: StreamEvent[]; quarantined: Quarantined[]; last: number; now_ms: number }

/** Messages as they stand in the stream from `first` on. */
export function toBatch(messages: Message[], first: number, from_ms = start_ms): Batch {
  const batch: Batch = { events: [], quarantined: [], last: first - 1, now_ms: from_ms }
  for (const { kind, agent, number, run, text, elapsed_ms } of messages) {
    const seq = ++batch.last
    batch.now_ms += elapsed_ms
    const received_at_ms = batch.now_ms
    const bytes = Buffer.from(`raw ${seq}`)
    if (kind === 'quarantined')
      batch.quarantined.push({ seq, subject: 'beacon.quarantine.a', reason: 'no', bytes, received_at_ms })
    else if (kind === 'refused')
      batch.events.push({ seq, agent_id: agent, line: Buffer.from('{"no":"line"}') })
    else
      batch.events.push(
        makeEvent({
          seq,
          agent,
          received_at_ms,
          ...number,
          ...(run === undefined ? {} : { run }),
          ...(text === undefined ? {} : { text }),
        }),
      )
  }
  return batch
}

/** The rule: message by message, as it stands in the stream. */
export function foldBatch(
  fleet: Fleet,
  { events, quarantined }: Pick<Batch, 'events' | 'quarantined'>,
): void {
  const messages = [...events, ...quarantined].sort((a, b) => a.seq - b.seq)
  for (const message of messages) {
    const event = 'line' in message ? parseFleetEvent(message.line, message.seq, message.agent_id) : undefined
    if (event) fold(fleet, event)
    else pass(fleet, message.seq)
  }
}

/** Everything that anybody can see of a fleet. */
export function toSight(fleet: Fleet, now_ms: number) {
  const { seq, first_seq, events, errors, duplicates, gaps, reorders, missing, received_at_ms, ids } = fleet
  return {
    totals: { seq, first_seq, events, errors, duplicates, gaps, reorders, missing, received_at_ms },
    agents: ids.map((_, agent) => toAgentDocument(fleet, agent, now_ms)),
    newest: fleet.newest,
    arrivals: fleet.arrivals,
  }
}
