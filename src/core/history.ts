// The past on the wire: what the historian answers. Requests are JSON objects, answers JSON documents; refusals are
// errors of the NATS services API (400 for a bad request, 404 for nothing there, 503 for too much to do, 507 for a
// damaged archive).

import { barSubjects } from './bar-report.ts'
import type { BeaconEvent } from './event.ts'
import type { FleetBody } from './view.ts'

export const historySubjects = {
  /** EventsRequest → EventsDocument */
  events: 'beacon.history.events',
  /** FleetAtRequest → FleetAt */
  fleet: 'beacon.history.fleet',
  /** FleetAtRequest with `agent` → AgentDocument (agent-document.ts) as it was. */
  agent: 'beacon.history.agent',
  /** RangeRequest → RangeDocument */
  range: 'beacon.history.range',
  /** BarsRequest → BarsDocument (bar-report.ts) */
  bars: barSubjects.bars,
} as const

/** Which events, in the order of the stream. Archived or not makes no difference. */
export type EventsRequest = {
  agent?: string
  /** Expression over events. */
  where?: string
  /** Sequences, both included. */
  from_seq?: number
  to_seq?: number
  /** Receive times, both included. */
  since_ms?: number
  until_ms?: number
  /** At most so many (1 to 1,000; default 100): the first ones, or the last ones with `last`. Oldest first in any case. */
  limit?: number
  last?: boolean
}

export type EventsDocument = {
  schema: 'beacon.events.v1'
  events: BeaconEvent[]
  /** There are more in the wanted direction; the search may also have ended early, at `searched_seq`. */
  more: boolean
  /** How far the search came: go on behind it (before it, with `last`). Null when nothing was looked at. */
  searched_seq: number | null
}

/** A moment: the last event received at or before `at_ms`, or the event `seq` itself. Exactly one of the two. */
export type FleetAtRequest = { at_ms?: number; seq?: number; query?: unknown; agent?: string }

export type FleetAt = {
  schema: 'beacon.fleet_at.v1'
  /** The moment shown: with `at_ms` that time, with `seq` the event's receive time. */
  at_ms: number
  /** Last event folded. */
  seq: number
  body: FleetBody
}

export type RangeRequest = { since_ms?: number; until_ms?: number; buckets?: number }

/** What there is, for a scrubber: events over time, from the archive's block headers (exact to a block). */
export type RangeDocument = {
  schema: 'beacon.range.v1'
  first_seq: number | null
  last_seq: number | null
  oldest_ms: number | null
  newest_ms: number | null
  /** Of the asked range, or of all. */
  from_ms: number
  to_ms: number
  buckets: number[]
}
