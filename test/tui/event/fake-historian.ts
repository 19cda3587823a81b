// A stream of events in memory: answers like the historian, and gives the frames that an aggregator would.

import { type BeaconEvent, type EventKind, eventSchema } from '../../../src/core/event.ts'
import { eventFields, parseExpression } from '../../../src/core/expression.ts'
import type { EventsDocument, EventsRequest } from '../../../src/core/history.ts'
import type { FleetFrame } from '../../../src/core/view.ts'
import { toEventRow } from '../../../src/tui/event/to-event-row.ts'
import { makeFrame, start_ms } from '../frames.ts'

export const makeEvent = (seq: number, changes: Partial<BeaconEvent> = {}): BeaconEvent => ({
  schema: eventSchema,
  seq,
  id: `id-${seq}`,
  kind: 'state' as EventKind,
  agent_id: `agent-${seq % 7}`,
  status: 'running',
  timestamp: new Date(start_ms + seq * 10).toISOString(),
  received_at: new Date(start_ms + seq * 10).toISOString(),
  hlc: '0',
  metadata: {},
  ...changes,
})

/** `looked_max`: how many events one search looks at. */
export function answerEvents(
  events: BeaconEvent[],
  request: EventsRequest,
  looked_max = Number.POSITIVE_INFINITY,
): EventsDocument {
  const { agent, where = '', from_seq = 0, to_seq = Number.MAX_SAFE_INTEGER, limit = 100, last } = request
  const expression = parseExpression(where, { fields: 'event' })
  if (!expression.ok) throw new Error(expression.error.message)
  const within = events.filter(
    ({ seq, agent_id, received_at }) =>
      seq >= from_seq &&
      seq <= to_seq &&
      (agent === undefined || agent_id === agent) &&
      (request.until_ms === undefined || Date.parse(received_at) <= request.until_ms),
  )
  const found: BeaconEvent[] = []
  let searched_seq: number | null = null
  let more = false
  let looked = 0
  for (const event of last ? within.toReversed() : within) {
    more = found.length === limit || looked === looked_max
    if (more) break
    if (expression.value.test(eventFields(event))) found.push(event)
    searched_seq = event.seq
    looked++
  }
  return { schema: 'beacon.events.v1', events: last ? found.reverse() : found, more, searched_seq }
}

/** The frame after the event `after`, up to `until`, with at most so many rows. */
export function frameOf(
  events: BeaconEvent[],
  after: number,
  until: number,
  rows_max: number,
  view = 'v',
): FleetFrame {
  const fresh = events.filter(({ seq }) => seq > after && seq <= until)
  const newest = fresh.slice(Math.max(0, fresh.length - rows_max)).map(toEventRow)
  return makeFrame([], { view, seq: until, newest, skipped: fresh.length - newest.length })
}
