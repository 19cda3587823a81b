// The fleet as a list for programs: the document of `beacon agents -o json` and GET /api/v1/agents, made from a view's rows.

import { type Activity, type Health, healths, type Need } from './health.ts'
import { parseOneOf } from './one-of.ts'
import { err, ok, type Result } from './result.ts'
import {
  type AgentRow,
  type FleetColumn,
  type FleetSort,
  type FleetTotals,
  fleetSorts,
  type Group,
  groupFields,
} from './view.ts'

/** One agent of a list. A field that was not asked for is absent. */
export type ListedAgent = {
  agent_id: string
  health: Health
  needs: Need
  status: string
  activity: Activity
  task: string | null
  /** Events per second. */
  rate: number
  errors: number
  events: number
  gaps: number
  missing: number
  /** RFC 3339, as `last_seen`. */
  status_since: string
  last_seen: string
  idle_s: number
  /** Sequence of its last event, and what that says. */
  seq: number
  text: string
  /** Of its last event; null when it has no such field. */
  [meta: `meta.${string}`]: string | number | null
}
export type ListedField = keyof ListedAgent

export type ListedGroup = Omit<Group, 'by_health'> & { by_health: Record<Health, number> }

export type AgentsDocument = {
  schema: 'beacon.agents.v1'
  /** The moment that it speaks of, RFC 3339. */
  at: string
  /** Last event folded. */
  seq: number
  /** Agents that match; the list holds those from `offset` on. */
  matched: number
  offset: number
  /** Of the whole fleet, whatever matches. */
  totals: FleetTotals
  groups?: ListedGroup[]
  other_groups?: number
  agents: Partial<ListedAgent>[]
}

/** What a list is made from, live or of the past. */
export type FleetList = {
  at_ms: number
  seq: number
  matched: number
  offset: number
  totals: FleetTotals
  rows: AgentRow[]
  groups: Group[] | null
  other_groups: number
}

const columnsOf = {
  agent_id: 'agent',
  health: 'health',
  needs: 'needs',
  status: 'status',
  activity: 'activity',
  task: 'task',
  rate: 'rate',
  errors: 'errors',
  events: 'events',
  gaps: 'gaps',
  missing: 'missing',
  status_since: 'status_since_ms',
  last_seen: 'last_seen_ms',
  idle_s: 'last_seen_ms',
  seq: 'last_seq',
  text: 'text',
} as const satisfies Record<string, FleetColumn>

export const listedFields = Object.keys(columnsOf) as (keyof typeof columnsOf)[]

/** The columns of a view that the fields are made from. */
export const toFleetColumns = (fields: readonly ListedField[]): FleetColumn[] => [
  ...new Set(fields.map((field) => (isMeta(field) ? field : columnsOf[field as keyof typeof columnsOf]))),
]

/** Only the given fields, in their order. */
export function toListedAgent(
  row: AgentRow,
  fields: readonly ListedField[],
  at_ms: number,
): Partial<ListedAgent> {
  return Object.fromEntries(fields.map((field) => [field, toValue(row, field, at_ms)]))
}

function toValue(row: AgentRow, field: ListedField, at_ms: number): string | number | null {
  switch (field) {
    case 'agent_id':
      return row.agent
    case 'task':
      return row.task === '' ? null : row.task
    case 'status_since':
      return toTime(row.status_since_ms)
    case 'last_seen':
      return toTime(row.last_seen_ms)
    case 'idle_s':
      return Math.max(0, at_ms - row.last_seen_ms) / 1_000
    case 'seq':
      return row.last_seq
    default: {
      const value = (row as Record<string, string | number>)[field]
      return value === undefined || (isMeta(field) && value === '') ? null : value
    }
  }
}

export function toAgentsDocument(list: FleetList, fields: readonly ListedField[]): AgentsDocument {
  const { at_ms, seq, matched, offset, totals, groups, other_groups } = list
  return {
    schema: 'beacon.agents.v1',
    at: toTime(at_ms),
    seq,
    matched,
    offset,
    totals,
    ...(groups === null ? {} : { groups: groups.map(toListedGroup), other_groups }),
    agents: list.rows.map((row) => toListedAgent(row, fields, at_ms)),
  }
}

const toListedGroup = ({ by_health, ...group }: Group): ListedGroup => ({
  ...group,
  by_health: Object.fromEntries(healths.map((health, i) => [health, by_health[i] ?? 0])) as Record<
    Health,
    number
  >,
})

const toTime = (ms: number): string => new Date(ms).toISOString()

/** As long as the view takes. */
const meta_max = 128

const anyMeta = 'meta.<key>'

const isMeta = (name: string): name is `meta.${string}` =>
  name.startsWith('meta.') && name.length > 'meta.'.length && name.length <= meta_max

/** `agent_id,health,meta.model` */
export function parseListedFields(text: string): Result<ListedField[], string> {
  const fields: ListedField[] = []
  for (const name of text.split(',')) {
    const field = isMeta(name) ? ok(name) : parseField(name)
    if (!field.ok) return err(`: '${name}' ${field.error}`)
    fields.push(field.value)
  }
  return ok([...new Set(fields)])
}

const parseField = parseOneOf(listedFields, {
  aliases: { agent: 'agent_id', seen: 'last_seen', idle: 'idle_s', since: 'status_since' },
  more: [anyMeta],
})

/** An order of the list: `rate`; the names of the fields serve as well. */
export const parseSort: (text: string) => Result<FleetSort, string> = parseOneOf(fleetSorts, {
  aliases: { agent_id: 'agent', last_seen: 'seen', idle_s: 'idle', status_since: 'since' },
})

/** What groups are made by: `status`, `meta.model`. */
export const parseGroup = (text: string): Result<string, string> =>
  isMeta(text) ? ok(text) : parseGroupField(text)

const parseGroupField = parseOneOf(groupFields, { more: [anyMeta] })
