// An event of the historian's as a row of the feed, and its answer as a stretch of the stream.

import type { BeaconEvent } from '../../core/event.ts'
import { summarizeMetadata } from '../../core/event-summary.ts'
import type { EventsDocument, EventsRequest } from '../../core/history.ts'
import type { NewestRow } from '../../core/view.ts'
import type { EventLog } from './event-log.ts'

export const toEventRow = (event: BeaconEvent): NewestRow => ({
  seq: event.seq,
  received_at_ms: Date.parse(event.received_at),
  agent: event.agent_id,
  kind: event.kind,
  status: event.status,
  text: summarizeMetadata(JSON.stringify(event.metadata)),
})

/** What the answer covers: all of what was asked for, or as far as the search came. From 0 when nothing is older. */
export function toStretch(request: EventsRequest, { events, more, searched_seq }: EventsDocument): EventLog {
  const items = events.map(toEventRow)
  const first = items[0]?.seq
  const last = items.at(-1)?.seq
  if (request.last) {
    const to_seq = request.to_seq ?? last ?? -1
    const from_seq = more ? (searched_seq ?? first ?? to_seq + 1) : (request.from_seq ?? 0)
    return { items, from_seq, to_seq }
  }
  const from_seq = request.from_seq ?? 0
  const to_seq = more ? (searched_seq ?? last ?? from_seq - 1) : (request.to_seq ?? last ?? from_seq - 1)
  return { items, from_seq, to_seq }
}
