// A list of agents of any length, now or at a moment of the past, put together from the windows that a request may have.

import type { NatsConnection } from '@nats-io/nats-core'
import type { FleetList } from '../core/agents-document.ts'
import { columnOfSort, sortRows } from '../core/sort-rows.ts'
import {
  type AgentRow,
  type FleetBody,
  type FleetColumn,
  type FleetQuery,
  type FleetSort,
  toAgentRow,
  viewLimits,
} from '../core/view.ts'
import { fetchFleetAt } from './history-client.ts'
import { fetchFrame } from './view-client.ts'

export type ListRequest = {
  where?: string
  sort: FleetSort
  reverse: boolean
  needs: boolean
  group?: string
  columns: FleetColumn[]
  offset: number
  /** Infinity for all. */
  limit: number
  /** The fleet as it was; absent is now. */
  at_ms?: number
}

/** Rejects like `fetchFrame` and `fetchFleetAt`. */
export async function fetchFleetList(nc: NatsConnection, request: ListRequest): Promise<FleetList> {
  const first = await fetchWindow(nc, request, Math.min(request.limit, viewLimits.rows_max))
  const { at_ms, seq, matched, offset, totals, groups, other_groups } = first
  const wanted = Math.min(request.limit, Math.max(0, matched - request.offset))
  const rows = first.rows.length >= wanted ? toRows(first) : await fetchRows(nc, request, first)
  return { at_ms, seq, matched, offset, totals, groups, other_groups, rows }
}

/** Windows asked for at once: those of one moment share most of their work. */
const together = 4

/**
 * The live order changes from one window to the next, and agents that move would be listed twice or never. So all are
 * fetched in an order that stands still, and sorted here.
 */
async function fetchRows(nc: NatsConnection, request: ListRequest, first: FleetBody): Promise<AgentRow[]> {
  const { group: _, ...rest } = request
  const still: ListRequest = {
    ...rest,
    sort: 'agent',
    reverse: false,
    offset: 0,
    columns: [...new Set<FleetColumn>(['agent', columnOfSort[request.sort], ...request.columns])],
  }
  const found = new Map<string, AgentRow>()
  let matched = first.matched
  const step = viewLimits.rows_max
  for (let from = 0; from < matched; from += step * together) {
    const offsets = Array.from({ length: together }, (_, i) => from + i * step).filter(
      (each) => each < matched,
    )
    const bodies = await Promise.all(offsets.map((offset) => fetchWindow(nc, { ...still, offset }, step)))
    for (const row of bodies.flatMap(toRows)) found.set(row.agent, row)
    matched = Math.max(...bodies.map((body) => body.matched))
  }
  return sortRows([...found.values()], request.sort, request.reverse).slice(
    request.offset,
    request.offset + request.limit,
  )
}

const toRows = ({ columns, rows }: FleetBody): AgentRow[] => rows.map((cells) => toAgentRow(columns, cells))

async function fetchWindow(nc: NatsConnection, request: ListRequest, limit: number): Promise<FleetBody> {
  const { at_ms, ...wanted } = request
  const query: Partial<FleetQuery> = { ...wanted, limit, newest: 0 }
  if (at_ms === undefined) return await fetchFrame(nc, query)
  const { body, seq } = await fetchFleetAt(nc, { at_ms, query })
  return { ...body, at_ms, seq }
}
