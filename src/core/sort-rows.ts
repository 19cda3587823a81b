// Rows in the orders of a view (view.ts, fleetSorts), for lists that are put together from several windows.

import { type Health, needs } from './health.ts'
import type { AgentRow, FleetColumn, FleetSort } from './view.ts'

/** Sorted copies; what is equal stands by agent. */
export function sortRows(rows: readonly AgentRow[], sort: FleetSort, reverse: boolean): AgentRow[] {
  const key = keys[sort]
  const direction = reverse ? -1 : 1
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => direction * compare(a.key, b.key) || compare(a.row.agent, b.row.agent))
    .map(({ row }) => row)
}

/** The column that an order goes by. */
export const columnOfSort = {
  seen: 'last_seen_ms',
  idle: 'last_seen_ms',
  rate: 'rate',
  errors: 'errors',
  events: 'events',
  agent: 'agent',
  health: 'health',
  needs: 'needs',
  status: 'status',
  task: 'task',
  since: 'status_since_ms',
  gaps: 'gaps',
  seq: 'last_seq',
} as const satisfies Record<FleetSort, FleetColumn>

/** An agent that said goodbye is next to the healthy ones. */
const badness: Record<Health, number> = { healthy: 0, stopped: 1, late: 2, suspect: 3, unhealthy: 4 }

/** Stands behind every text: who names none comes last. */
const last = '\u{10ffff}'

const keys: Record<FleetSort, (row: AgentRow) => string | number> = {
  seen: (row) => -row.last_seen_ms,
  idle: (row) => row.last_seen_ms,
  rate: (row) => -row.rate,
  errors: (row) => -row.errors,
  events: (row) => -row.events,
  agent: (row) => row.agent,
  health: (row) => -badness[row.health],
  needs: (row) => needs.indexOf(row.needs) || needs.length,
  status: (row) => row.status || last,
  task: (row) => row.task || last,
  since: (row) => row.status_since_ms || Number.MAX_VALUE,
  gaps: (row) => -row.gaps,
  seq: (row) => -row.last_seq,
}

const compare = <Key extends string | number>(a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0)
