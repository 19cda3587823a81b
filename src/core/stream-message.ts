// What a client of the live stream gets, over SSE and WebSocket alike: docs/http.md describes these messages.

import { type ListedAgent, type ListedField, toFleetColumns, toListedAgent } from './agents-document.ts'
import type { Problem } from './errors.ts'
import { type FleetFrame, type FleetQuery, type FleetTotals, toAgentRow } from './view.ts'

export const streamSchema = 'beacon.stream.v1'

export type StreamMessage = { schema: typeof streamSchema } & (
  | ({ type: 'changes' } & StreamChanges)
  /** Nothing to tell; the stream lives. */
  | { type: 'quiet'; at: string }
  /** From here on changes are told: at the beginning, and after `lost`. */
  | { type: 'live' }
  /** The live picture is away: what changes until `live` is not told. */
  | { type: 'lost'; reason: string }
  /** The filter that the changes from here on went through; answers a client's message. */
  | { type: 'filter'; where: string }
  /** The client's message was refused; the stream goes on as it was. */
  | { type: 'error'; problem: Problem }
)

export type StreamChanges = {
  /** Last event folded. */
  seq: number
  /** RFC 3339. */
  at: string
  /** Agents that match. */
  matched: number
  /** Those of them that changed since the message before, in their new state, the newest last. */
  changes: StreamChange[]
  /** How many more changed. */
  skipped: number
  /** Batches that were merged into this one, since the client did not keep up. */
  coalesced: number
  /** Of the whole fleet, whatever matches. */
  totals: FleetTotals
}

export type StreamChange = Pick<ListedAgent, (typeof changeFields)[number]>

const changeFields = [
  'agent_id',
  'status',
  'health',
  'needs',
  'task',
  'rate',
  'errors',
  'events',
  'last_seen',
  'seq',
  'text',
] as const satisfies ListedField[]

/** Agents in one message. */
const changes_max = 500

/** The view behind a stream. */
export const toStreamQuery = (where: string): Partial<FleetQuery> => ({
  columns: toFleetColumns(changeFields),
  changed: changes_max,
  limit: 0,
  newest: 0,
  where,
})

export function toStreamChanges(frame: FleetFrame): StreamChanges {
  const { seq, at_ms, matched, columns, changed, changed_skipped, coalesced, totals } = frame
  const rows = (changed ?? []).map((cells) => toAgentRow(columns, cells))
  return {
    seq,
    at: new Date(at_ms).toISOString(),
    matched,
    changes: rows.map((row) => toListedAgent(row, changeFields, at_ms) as StreamChange),
    skipped: changed_skipped,
    coalesced,
    totals,
  }
}
