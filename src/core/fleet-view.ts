// From the fleet to what a view shows: the order of the agents, and one frame of a window on them.

import { rateOver, secondsAfter } from './arrivals.ts'
import { summarizeMetadata } from './event-summary.ts'
import { parseExpression } from './expression.ts'
import { type Fleet, rateAt } from './fleet.ts'
import { makeFleetFields } from './fleet-fields.ts'
import { activityOf, healthOf, needOf } from './fleet-health.ts'
import { activities, healths, needs } from './health.ts'
import { toCounts } from './interned.ts'
import { lastEvents, type NewestEvent } from './newest.ts'
import { type Before, selectWindow, type Window } from './select-window.ts'
import type { Cells, FleetBody, FleetColumn, FleetQuery, FleetTotals, Lag, NewestRow } from './view.ts'

/** What a viewer was shown last: only what came after it goes into the next frame. */
export type Shown = { pushed: number; second_s: number }
/** Before the first frame nobody was looking, so nothing counts as skipped. */
export const nothingShown: Shown = { pushed: -1, second_s: 0 }

/** The agents in the query's window, by number, at this moment. */
export function orderFleet(fleet: Fleet, query: FleetQuery, now_ms: number): Window {
  const before = beforeBy(fleet, query, now_ms)
  return selectWindow(fleet.ids.length, before, query.offset, query.limit, matchesOf(fleet, query, now_ms))
}

function matchesOf(
  fleet: Fleet,
  { where }: FleetQuery,
  now_ms: number,
): ((agent: number) => boolean) | undefined {
  if (where === undefined) return undefined
  const expression = parseExpression(where, { fields: 'agent' })
  if (!expression.ok) return () => false
  const fields = makeFleetFields(fleet, now_ms)
  return (agent) => {
    fields.at(agent)
    return expression.value.test(fields.get)
  }
}

/** One frame, and what it has shown. */
export function toFleetBody(
  fleet: Fleet,
  query: FleetQuery,
  window: Window,
  shown: Shown,
  now_ms: number,
  lag: Lag,
): { body: FleetBody; shown: Shown } {
  const fresh = fleet.newest.pushed - Math.max(0, shown.pushed)
  const newest = lastEvents(fleet.newest, Math.min(fresh, query.newest))
  const seconds = secondsAfter(fleet.arrivals, now_ms, shown.second_s)
  const pinned = query.pin === undefined ? undefined : fleet.numbers.get(query.pin)
  const toCells = (agent: number): Cells =>
    query.columns.map((column) => cellOf(fleet, agent, column, now_ms))
  return {
    body: {
      seq: fleet.seq,
      first_seq: fleet.first_seq,
      at_ms: now_ms,
      lag,
      totals: toTotals(fleet, now_ms),
      matched: window.matched,
      offset: query.offset,
      columns: query.columns,
      rows: window.members.map(toCells),
      pinned: pinned === undefined ? null : toCells(pinned),
      groups: null,
      other_groups: 0,
      heatmap: null,
      cell_agent: null,
      series: null,
      changed: null,
      changed_skipped: 0,
      newest: newest.map(toNewestRow),
      skipped: shown.pushed < 0 ? 0 : fresh - newest.length,
      seconds,
    },
    shown: { pushed: fleet.newest.pushed, second_s: seconds.from_s + seconds.counts.length - 1 },
  }
}

const statusesMax = 12

export function toTotals(fleet: Fleet, now_ms: number): FleetTotals {
  const byStatus = toCounts(fleet.statuses).slice(0, statusesMax)
  const named = byStatus.reduce((sum, [, count]) => sum + count, 0)
  const byHealth = { healthy: 0, late: 0, suspect: 0, unhealthy: 0, stopped: 0 }
  const byNeeds = { unhealthy: 0, stuck: 0, waiting: 0, erroring: 0, finished: 0, gaps: 0 }
  for (let agent = 0; agent < fleet.ids.length; agent++) {
    byHealth[healths[healthOf(fleet, agent, now_ms)] ?? 'healthy']++
    const need = needs[needOf(fleet, agent, now_ms)] ?? 'none'
    if (need !== 'none') byNeeds[need]++
  }
  return {
    agents: fleet.ids.length,
    by_health: byHealth,
    by_needs: byNeeds,
    gaps: 0,
    reorders: 0,
    missing: 0,
    by_status: byStatus,
    other_statuses: fleet.ids.length - named,
    events: fleet.events,
    errors: fleet.errors,
    duplicates: fleet.duplicates,
    rate_1s: round(rateOver(fleet.arrivals, now_ms, 1_000), 10),
    rate_10s: round(rateOver(fleet.arrivals, now_ms, 10_000), 10),
    rate_60s: round(rateOver(fleet.arrivals, now_ms, 60_000), 10),
  }
}

/** Equal values fall back to the order in which the agents were first heard of, which never changes. */
function beforeBy(fleet: Fleet, query: FleetQuery, now_ms: number): Before {
  const { ids, columns } = fleet
  const highest =
    (keys: { [agent: number]: number }): Before =>
    (a, b) => {
      const difference = (keys[a] as number) - (keys[b] as number)
      return difference > 0 || (difference === 0 && a < b)
    }
  switch (query.sort) {
    case 'seen':
      return highest(columns.last_seen_ms)
    case 'idle': {
      const newestFirst = highest(columns.last_seen_ms)
      return (a, b) => newestFirst(b, a)
    }
    case 'rate':
      return highest(Float64Array.from(ids, (_, agent) => rateAt(fleet, agent, now_ms)))
    case 'errors':
      return highest(columns.errors)
    case 'events':
      return highest(columns.events)
    case 'health':
      return highest(Float64Array.from(ids, (_, agent) => healthOf(fleet, agent, now_ms)))
    case 'needs':
      return highest(Float64Array.from(ids, (_, agent) => -needOf(fleet, agent, now_ms)))
    case 'seq':
      return highest(columns.last_seq)
    case 'agent':
    case 'status':
    case 'task':
    case 'since':
    case 'gaps':
      return (a, b) => (ids[a] as string) < (ids[b] as string)
  }
}

function cellOf(fleet: Fleet, agent: number, column: FleetColumn, now_ms: number): string | number {
  const { columns } = fleet
  switch (column) {
    case 'agent':
      return fleet.ids[agent] as string
    case 'health':
      return healths[healthOf(fleet, agent, now_ms)] as string
    case 'needs':
      return needs[needOf(fleet, agent, now_ms)] as string
    case 'activity':
      return activities[activityOf(fleet, agent)] as string
    case 'gaps':
    case 'missing':
      return 0
    case 'status_since_ms':
      return columns.last_seen_ms[agent] as number
    case 'status':
      return fleet.statuses.texts[columns.status[agent] as number] as string
    case 'task':
      return fleet.tasks.texts[columns.task[agent] as number] as string
    case 'rate':
      return round(rateAt(fleet, agent, now_ms), 100)
    case 'errors':
    case 'events':
    case 'last_seen_ms':
    case 'last_seq':
      return columns[column][agent] as number
    case 'text':
      return summarizeMetadata(fleet.metadata[agent] as string)
    default:
      return ''
  }
}

const toNewestRow = (event: NewestEvent): NewestRow => ({
  seq: event.seq,
  received_at_ms: event.received_at_ms,
  agent: event.agent_id,
  kind: event.kind,
  status: event.status,
  text: summarizeMetadata(event.metadata),
})

const round = (value: number, parts: number): number => Math.round(value * parts) / parts
