// Answers a search for events within bounds of work and of size; what is left goes on at the next request.

import { setImmediate as breathe } from 'node:timers/promises'
import { parseEventLine, toPrintedLine } from '../../core/event-line.ts'
import { eventFields, parseExpression } from '../../core/expression.ts'
import type { EventsSearch } from './history-request.ts'
import type { StoredEvent } from './merged-events.ts'

export type SearchLimits = {
  /** Events looked at, and time spent on it. */
  looked_max: number
  work_ms_max: number
  /** Of the whole answer. */
  bytes_max: number
}

export const searchLimits = { looked_max: 200_000, work_ms_max: 300 }

const slice_ms = 10
/** Events between two looks at the clock; one may cost a block. */
const look_events = 16
/** The document around the events. */
const frame_bytes = 256
/** What `seq` adds to a stored line, and the comma. */
const seq_bytes = 32

/** The EventsDocument as JSON. `events` come in the order of the search: the newest first with `last`. */
export async function findEvents(
  events: Iterable<StoredEvent>,
  search: EventsSearch,
  limits: SearchLimits,
): Promise<string> {
  const matches = toMatch(search.where)
  const found: string[] = []
  let bytes = frame_bytes
  let looked = 0
  let work_ms = 0
  let slice = performance.now()
  let searched: number | null = null
  let more = false
  for (const event of events) {
    more = found.length === search.limit
    if (more) break
    if (matches(event)) {
      const size = event.line.length + seq_bytes
      more = found.length > 0 && bytes + size > limits.bytes_max
      if (more) break
      found.push(toPrintedLine(event.line.toString('utf8'), event.seq))
      bytes += size
    }
    searched = event.seq
    if (++looked % look_events !== 0) continue
    const now = performance.now()
    more = looked >= limits.looked_max || work_ms + now - slice >= limits.work_ms_max
    if (more) break
    if (now - slice < slice_ms) continue
    work_ms += now - slice
    await breathe()
    slice = performance.now()
  }
  if (search.last) found.reverse()
  return `{"schema":"beacon.events.v1","events":[${found.join(',')}],"more":${more},"searched_seq":${searched}}`
}

function toMatch(where: string | undefined): (event: StoredEvent) => boolean {
  if (where === undefined) return () => true
  const expression = parseExpression(where, { fields: 'event' })
  // It was read before; what cannot be read matches nothing.
  if (!expression.ok) return () => false
  return ({ line, seq }) => {
    try {
      return expression.value.test(eventFields(parseEventLine(line.toString('utf8'), seq)))
    } catch {
      return false
    }
  }
}
