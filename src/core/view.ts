// A view on the wire: the query that a client opens, and the messages that it gets (ARCHITECTURE.md, Views).
//
// A frame is the whole window, never a difference: frames that a slow viewer misses can be left out, and the next one
// is right. Only the newest events and the seconds of the history add up; what was left out of them is counted.

import { parseExpression } from './expression.ts'
import { err, ok, type Result } from './result.ts'

export const fleetColumns = [
  'agent',
  'status',
  'task',
  'rate',
  'errors',
  'events',
  'last_seen_ms',
  'last_seq',
  'text',
] as const
export type FleetColumn = (typeof fleetColumns)[number]

export const fleetSorts = ['seen', 'idle', 'rate', 'errors', 'events', 'agent'] as const
export type FleetSort = (typeof fleetSorts)[number]

export type FleetQuery = {
  view: 'fleet'
  sort: FleetSort
  offset: number
  limit: number
  columns: FleetColumn[]
  /** Newest events wanted with each frame. */
  newest: number
  /** How long an order of the rows holds, so that they can be read; their values change with each frame. */
  order_ms: number
  /** An agent whose row is wanted wherever it stands. */
  pin?: string
  /** Expression that agents must match. */
  where?: string
}

/** Values in the order of the query's columns: numbers for rate, errors, events, last_seen_ms and last_seq, else texts. */
export type Cells = (string | number)[]

/** A row as an object; columns that were not asked for are empty or 0. */
export type AgentRow = {
  agent: string
  status: string
  task: string
  rate: number
  errors: number
  events: number
  last_seen_ms: number
  last_seq: number
  text: string
}

export type FleetTotals = {
  agents: number
  /** The most frequent statuses, at most 12; `other_statuses` agents have another one. */
  by_status: [status: string, agents: number][]
  other_statuses: number
  /** Since `first_seq`. */
  events: number
  errors: number
  duplicates: number
  /** Events per second. */
  rate_1s: number
  rate_10s: number
  rate_60s: number
}

export type NewestRow = {
  seq: number
  received_at_ms: number
  agent: string
  kind: string
  status: string
  text: string
}

/** Distance to the end of the stream. `ms` is the age of the last event taken in, 0 when nothing waits. */
export type Lag = { events: number; ms: number }

export type FleetBody = {
  seq: number
  first_seq: number
  at_ms: number
  lag: Lag
  totals: FleetTotals
  /** Agents that match the query; the window shows some of them. */
  matched: number
  offset: number
  columns: FleetColumn[]
  rows: Cells[]
  pinned: Cells | null
  /** Events since the frame before, oldest first, and how many more there were. */
  newest: NewestRow[]
  skipped: number
  /** Events of each second completed since the frame before. */
  seconds: { from_s: number; counts: number[] }
}

export const frameSchema = 'beacon.view.frame.v1'

export type FleetFrame = FleetBody & {
  schema: typeof frameSchema
  type: 'frame'
  view: string
  /** Counted from 1. The client confirms it by answering the message with this number. */
  frame: number
  /** Frames that were due and not sent since the frame before, because that one was not confirmed. */
  coalesced: number
}

/** Nothing changed; the view lives. Confirmed like a frame. */
export type QuietMessage = {
  schema: typeof frameSchema
  type: 'quiet'
  view: string
  frame: number
  at_ms: number
  lag: Lag
}

/** The last message of a view. */
export type ClosedMessage = { schema: typeof frameSchema; type: 'closed'; view: string; reason: string }
export type ViewMessage = FleetFrame | QuietMessage | ClosedMessage

export type OpenRequest = { query: unknown; subject: string }
export type OpenReply = { schema: 'beacon.view.v1'; view: string; query: FleetQuery }
export type UpdateRequest = { view: string; query: unknown }
export type CloseRequest = { view: string }

export const viewSubjects = {
  open: 'beacon.view.open',
  update: 'beacon.view.update',
  close: 'beacon.view.close',
  once: 'beacon.view.once',
  /** Confirmations: `beacon.view.confirm.<view>` with the number of the frame as text. */
  confirm: 'beacon.view.confirm',
} as const

export const viewLimits = {
  rows_max: 500,
  newest_max: 200,
  interval_ms: 100,
  confirm_ms: 5_000,
  quiet_ms: 1_000,
}

export function toAgentRow(columns: FleetColumn[], cells: Cells): AgentRow {
  const row: AgentRow = {
    agent: '',
    status: '',
    task: '',
    rate: 0,
    errors: 0,
    events: 0,
    last_seen_ms: 0,
    last_seq: 0,
    text: '',
  }
  for (const [i, column] of columns.entries()) Object.assign(row, { [column]: cells[i] })
  return row
}

/** Reads a query from outside; what is absent takes its default. The error names the field, or the expression. */
export function parseFleetQuery(input: unknown): Result<FleetQuery, string> {
  if (typeof input !== 'object' || input === null) return err('query: must be an object')
  const query = input as Record<string, unknown>
  if (query.view !== undefined && query.view !== 'fleet') return err('query.view: must be fleet')
  const sort = query.sort ?? 'seen'
  if (!fleetSorts.includes(sort as FleetSort))
    return err(`query.sort: must be one of ${fleetSorts.join(', ')}`)
  const columns = query.columns ?? fleetColumns
  if (!Array.isArray(columns) || !columns.every((name) => fleetColumns.includes(name)))
    return err(`query.columns: must be of ${fleetColumns.join(', ')}`)
  const parsed: FleetQuery = {
    view: 'fleet',
    sort: sort as FleetSort,
    offset: 0,
    limit: 50,
    columns: columns as FleetColumn[],
    newest: 50,
    order_ms: 1_000,
  }
  const ranges = {
    offset: 10_000_000,
    limit: viewLimits.rows_max,
    newest: viewLimits.newest_max,
    order_ms: 60_000,
  }
  for (const [name, max] of Object.entries(ranges) as [keyof typeof ranges, number][]) {
    const value = query[name]
    if (value === undefined) continue
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max)
      return err(`query.${name}: must be a whole number from 0 to ${max}`)
    parsed[name] = value as number
  }
  for (const name of ['pin', 'where'] as const) {
    const value = query[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || value.length > 4096) return err(`query.${name}: must be a text`)
    if (value !== '') parsed[name] = value
  }
  const expression = parseExpression(parsed.where ?? '', { fields: 'agent' })
  if (!expression.ok) return err(`${parsed.where}: ${expression.error.message}`)
  return ok(parsed)
}
