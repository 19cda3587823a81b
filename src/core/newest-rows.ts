// The newest events of a frame: those that came after the frame before, as rows.

import { summarizeMetadata } from './event-summary.ts'
import { type Picture, share } from './fleet-picture.ts'
import { lastEvents, type Newest, type NewestEvent } from './newest.ts'
import type { NewestRow } from './view.ts'

/** The last `limit` events that were pushed after `pushed`, oldest first, and how many more there were; -1 = from the start. */
export function newestSince(
  picture: Picture,
  newest: Newest,
  pushed: number,
  limit: number,
): { rows: NewestRow[]; skipped: number } {
  const fresh = newest.pushed - Math.max(0, pushed)
  const rows = share(picture, 'newest', () => new Map<number, NewestRow>())
  const shown = lastEvents(newest, Math.min(fresh, limit)).map((event) => {
    const row = rows.get(event.seq) ?? toNewestRow(event)
    rows.set(event.seq, row)
    return row
  })
  return { rows: shown, skipped: pushed < 0 ? 0 : fresh - shown.length }
}

const toNewestRow = (event: NewestEvent): NewestRow => ({
  seq: event.seq,
  received_at_ms: event.received_at_ms,
  agent: event.agent_id,
  kind: event.kind,
  status: event.status,
  text: summarizeMetadata(event.metadata),
})
