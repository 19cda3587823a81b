// What an agent did over time, cell by cell: its status, its events and its errors.

import { isErrorStatus } from '../../core/fleet.ts'
import type { NewestRow } from '../../core/view.ts'
import { type EventLog, isGap } from '../event/event-log.ts'

export type TimeCell = {
  /** Status at the cell's end, or an error within it; null when it is not known. */
  status: string | null
  events: number
  errors: number
  /** Events of the cell may be missing: they are not loaded. */
  partial: boolean
}

export type Timeline = { from_ms: number; bucket_ms: number; cells: TimeCell[] }

/** The last cell holds `end_ms`. Buckets begin at multiples of their length, so that cells move, but do not shimmer. */
export function toTimeline(log: EventLog, end_ms: number, bucket_ms: number, count: number): Timeline {
  const last = Math.floor(end_ms / bucket_ms)
  const first = last - count + 1
  const from_ms = first * bucket_ms
  const cells: TimeCell[] = Array.from({ length: count }, () => ({
    status: null,
    events: 0,
    errors: 0,
    partial: false,
  }))
  const cellOf = (at_ms: number): number => Math.floor(at_ms / bucket_ms) - first
  const doubt = (from: number, to: number): void => {
    for (let at = Math.max(0, from); at <= Math.min(count - 1, to); at++) {
      const cell = cells[at]
      if (cell) cell.partial = true
    }
  }
  const rows: NewestRow[] = []
  let doubted = log.from_seq > 0 ? Number.NEGATIVE_INFINITY : null
  for (const item of log.items) {
    if (isGap(item)) {
      doubted = rows.at(-1)?.received_at_ms ?? Number.NEGATIVE_INFINITY
      continue
    }
    if (doubted !== null) doubt(cellOf(doubted), cellOf(item.received_at_ms))
    doubted = null
    rows.push(item)
    const cell = cells[cellOf(item.received_at_ms)]
    if (!cell) continue
    cell.events++
    if (isErrorStatus(item.status)) cell.errors++
  }
  if (doubted !== null) doubt(cellOf(doubted), count - 1)
  fillStatuses(cells, rows.filter(bringsStatus), cellOf)
  return { from_ms, bucket_ms, cells }
}

/** As the fold takes them (core/fleet.ts): other kinds say nothing about the agent's own status. */
const bringsStatus = ({ kind }: NewestRow): boolean =>
  kind === 'state' || kind === 'heartbeat' || kind === 'lifecycle'

/** A status holds until the next one; an error within a cell is not painted over by what came after it. */
function fillStatuses(cells: TimeCell[], rows: NewestRow[], cellOf: (at_ms: number) => number): void {
  let next = 0
  let status: string | null = null
  for (const [at, cell] of cells.entries()) {
    let error: string | null = null
    for (; next < rows.length; next++) {
      const row = rows[next] as NewestRow
      if (cellOf(row.received_at_ms) > at) break
      status = row.status
      if (cellOf(row.received_at_ms) === at && isErrorStatus(status)) error = status
    }
    cell.status = error ?? (cell.partial && cell.events === 0 ? null : status)
  }
}
