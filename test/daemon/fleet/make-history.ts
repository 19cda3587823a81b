// Random histories: what a stream delivers, folded plainly and written to a real archive.

import fc from 'fast-check'
import { noteReport, toOpenBar } from '../../../src/core/bars.ts'
import { toAgentDocument } from '../../../src/core/explain-agent.ts'
import { type Fleet, fold, pass } from '../../../src/core/fleet.ts'
import { parseFleetEvent } from '../../../src/core/fleet-event.ts'
import { claimStates } from '../../../src/core/status-claim.ts'
import { parseBarReport } from '../../../src/core/stored-report.ts'
import type { Arrived } from '../../../src/daemon/archive/stage.ts'
import { beatsPerBar, makeClaim, makeReport, toStored } from '../archive/make-bars.ts'
import { makeEvent, start_ms } from '../archive/make-events.ts'

/** Mostly events, some numbered and some of them twice, some input to quarantine, claims and reports. Times jitter as those of gateways do. */
const arbitraryMessage = fc.record({
  kind: fc.constantFrom(
    'event',
    'event',
    'event',
    'event',
    'claim',
    'claim',
    'report',
    'refused',
    'quarantined',
  ),
  state: fc.constantFrom(...claimStates),
  back: fc.constantFrom(0, 0, 1),
  revision: fc.nat(2),
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

export type Batch = Arrived & { last: number; now_ms: number }

/** Messages as they stand in the stream from `first` on. */
export function toBatch(messages: Message[], first: number, from_ms = start_ms): Batch {
  const batch: Batch = { events: [], quarantined: [], reports: [], last: first - 1, now_ms: from_ms }
  for (const { kind, agent, number, run, text, elapsed_ms, state, back, revision } of messages) {
    const seq = ++batch.last
    batch.now_ms += elapsed_ms
    const received_at_ms = batch.now_ms
    const bytes = Buffer.from(`raw ${seq}`)
    // A few claims a beat.
    const beat = beatsPerBar + Math.floor(seq / 4) - back * beatsPerBar
    if (kind === 'claim')
      batch.events.push(makeClaim({ seq, agent, beat, state, late: back > 0, received_at_ms }))
    else if (kind === 'report')
      batch.reports.push(toStored(seq, makeReport(beat, { revision, issued_at_ms: received_at_ms })))
    else if (kind === 'quarantined')
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
  { events, quarantined, reports = [] }: Pick<Batch, 'events' | 'quarantined'> & Partial<Batch>,
): void {
  const messages = [...events, ...quarantined, ...reports].sort((a, b) => a.seq - b.seq)
  for (const message of messages) {
    const event =
      'agent_id' in message ? parseFleetEvent(message.line, message.seq, message.agent_id) : undefined
    if (event) fold(fleet, event)
    else pass(fleet, message.seq)
    const report = 'window_id' in message ? parseBarReport(message.line.toString()) : undefined
    if (report) noteReport(fleet.bars, report)
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
    bars: fleet.bars.open.map((bar) => ({ ...toOpenBar(fleet.bars, bar), report: bar.report })),
  }
}
