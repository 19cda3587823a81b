// A view on the wire: the query that a client opens, and the messages that it gets (ARCHITECTURE.md, Views).
//
// A frame is the whole window, never a difference: frames that a slow viewer misses can be left out, and the next one
// is right. Only the newest events and the seconds of the history add up; what was left out of them is counted.

import type { OpenBar } from './bar-report.ts'
import type { Activity, Health, Need } from './health.ts'

/** A row of the table: one cell per column. `meta.<key>` columns show a field of the last event's metadata. */
export const fleetColumns = [
  'agent',
  'health',
  'needs',
  'status',
  'activity',
  'task',
  'rate',
  'errors',
  'events',
  'gaps',
  'missing',
  'status_since_ms',
  'last_seen_ms',
  'last_seq',
  'text',
] as const
export type FleetColumn = (typeof fleetColumns)[number] | `meta.${string}`

/**
 * Orders, each in the direction in which one looks first: `health` and `needs` the worst first, `seen` the newest, `idle`
 * and `since` the longest, `seq`, `rate`, `errors`, `events` and `gaps` the highest, texts from A.
 */
export const fleetSorts = [
  'seen',
  'idle',
  'rate',
  'errors',
  'events',
  'agent',
  'health',
  'needs',
  'status',
  'task',
  'since',
  'gaps',
  'seq',
] as const
export type FleetSort = (typeof fleetSorts)[number]

export const heatmapKinds = ['health', 'rate', 'seen', 'errors'] as const
export type HeatmapKind = (typeof heatmapKinds)[number]

/** Everything but `view` and `order_ms` says what is wanted in each frame; what is not asked for costs nothing. */
export type FleetQuery = {
  view: 'fleet'
  sort: FleetSort
  /** The other direction. */
  reverse: boolean
  offset: number
  limit: number
  columns: FleetColumn[]
  /** Newest events wanted with each frame. */
  newest: number
  /** Expression (over events) that the newest events must match. */
  newest_where?: string
  /** Only agents that need a person. */
  needs: boolean
  /** Roll-ups by `health`, `needs`, `activity`, `status`, `task`, `kind`, `role` or `meta.<key>`, over the agents that match. */
  group?: string
  /** The agents that match, in the order in which they were first heard of, as at most so many cells. */
  heatmap?: { by: HeatmapKind; cells: number }
  /** A cell of that heatmap: `cell_agent` is its worst agent. */
  cell?: number
  /** The last ten minutes, second by second. */
  series: boolean
  /** The bars that are open (bar-report.ts). */
  bars: boolean
  /** At most so many of the agents that match and changed since the frame before (`changed`). */
  changed: number
  /** How long an order of the rows holds, so that they can be read; their values change with each frame. */
  order_ms: number
  /** An agent whose row is wanted wherever it stands. */
  pin?: string
  /** Expression that agents must match. */
  where?: string
  /** Given back in each frame: which of its queries a client reads the answer to. */
  tag?: string
}

/** Values in the order of the query's columns: numbers for counts, rates, times and sequences, else texts. */
export type Cells = (string | number)[]

/** A row as an object; columns that were not asked for are empty or 0. */
export type AgentRow = {
  agent: string
  health: Health
  needs: Need
  status: string
  activity: Activity
  task: string
  rate: number
  errors: number
  events: number
  gaps: number
  missing: number
  status_since_ms: number
  last_seen_ms: number
  last_seq: number
  text: string
}

export type FleetTotals = {
  agents: number
  by_health: Record<Health, number>
  /** Agents that need a person, by what for; without `none`. */
  by_needs: Record<Exclude<Need, 'none'>, number>
  /** Times a number was passed over or came late, and numbers missing now, over all agents. */
  gaps: number
  reorders: number
  missing: number
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

/** Agents that share a value: how many, how they are, and what they send. */
export type Group = {
  key: string
  agents: number
  /** Agents of each health, in the order of `healths`. */
  by_health: number[]
  needs: number
  rate: number
  errors: number
}

/**
 * One character per cell. By health the worst of the cell's agents: `0` healthy, `1` late, `2` suspect, `3` unhealthy,
 * `4` stopped (which counts as the best but for healthy). By rate, last seen and errors a level from `0` (nothing, or long ago) to `8`.
 */
export type Heatmap = { by: HeatmapKind; agents_per_cell: number; cells: string }

/** The fleet at the end of each second. All lists are of one length. */
export type Series = {
  from_s: number
  /** Events of the second. */
  events: number[]
  errors: number[]
  /** The highest age of the second's events when they were taken in, in milliseconds. */
  lag_ms: number[]
  agents: number[]
  /** Agents of each health, in the order of `healths`. */
  by_health: number[][]
  /** Agents of the statuses that were frequent at any time. */
  by_status: { status: string; agents: number[] }[]
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
  tag: string | null
  offset: number
  columns: FleetColumn[]
  rows: Cells[]
  pinned: Cells | null
  /** The most numerous first, at most 200; `other_groups` more are left out. Null when not asked for, as the next ones. */
  groups: Group[] | null
  other_groups: number
  heatmap: Heatmap | null
  cell_agent: string | null
  series: Series | null
  /** Oldest first. */
  bars: OpenBar[] | null
  /** Agents that changed since the frame before, in the query's columns, the newest last; and how many more did. */
  changed: Cells[] | null
  changed_skipped: number
  /** Events since the frame before that match, oldest first, and how many more there were. */
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
  /** `{agent}` → AgentDocument (agent-document.ts). */
  agent: 'beacon.view.agent',
  /** Confirmations: `beacon.view.confirm.<view>` with the number of the frame as text. */
  confirm: 'beacon.view.confirm',
} as const

export const viewLimits = {
  rows_max: 500,
  newest_max: 200,
  changed_max: 1_000,
  heatmap_cells_max: 50_000,
  interval_ms: 100,
  confirm_ms: 5_000,
  quiet_ms: 1_000,
}

export function toAgentRow(columns: FleetColumn[], cells: Cells): AgentRow {
  const row: AgentRow = {
    agent: '',
    health: 'healthy',
    needs: 'none',
    status: '',
    activity: 'idle',
    task: '',
    rate: 0,
    errors: 0,
    events: 0,
    gaps: 0,
    missing: 0,
    status_since_ms: 0,
    last_seen_ms: 0,
    last_seq: 0,
    text: '',
  }
  for (const [i, column] of columns.entries()) Object.assign(row, { [column]: cells[i] })
  return row
}

/** What agents can be rolled up by, besides `meta.<key>`. */
export const groupFields = ['health', 'needs', 'activity', 'status', 'task', 'kind', 'role'] as const
