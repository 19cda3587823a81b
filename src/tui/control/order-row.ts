// An order as a row: the steps that its target took, each by the time since it was requested, and how it ended.

import type { Order, OrderOutcome } from '../../core/order.ts'
import { type Painter, type Piece, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'
import { type Column, headingOf, type RowLook, rowOf } from './column-line.ts'
import { formatTook } from './command-row.ts'

type Step = 'delivered_at' | 'acknowledged_at' | 'gone_at'

const after =
  (step: Step) =>
  (order: Order): string => {
    const at = order[step]
    return at === null ? '·' : `+${formatTook(Date.parse(at) - Date.parse(order.requested_at))}`
  }
const dimMissing = (step: Step) => (order: Order, paint: Paint) =>
  order[step] === null ? paint.dim : undefined

const columns: Column<Order>[] = [
  { title: 'AGENT', cells: 24, left: true, text: ({ agent_id }) => agent_id },
  {
    title: 'INSTALLATION',
    cells: 13,
    left: true,
    from: 120,
    text: ({ installation_id }) => installation_id?.slice(-12) ?? 'none',
    paint: (_, paint) => paint.dim,
  },
  { title: 'DELIVERED', cells: 9, text: after('delivered_at'), paint: dimMissing('delivered_at') },
  {
    title: 'VIA',
    cells: 9,
    left: true,
    from: 90,
    text: ({ via }) => via ?? '',
    paint: (_, paint) => paint.dim,
  },
  { title: 'ACK', cells: 9, text: after('acknowledged_at'), paint: dimMissing('acknowledged_at') },
  { title: 'GONE', cells: 9, text: after('gone_at'), paint: dimMissing('gone_at') },
]

export const orderHeading = (width: number, paint: Paint): string =>
  headingOf(columns, 'OUTCOME', width, paint)

export function orderRow(order: Order, look: RowLook): string {
  const [said, painter] = standingOf(order, look.paint)
  const detail: Piece[] = order.detail === null ? [] : [[`  ${toSafeText(order.detail)}`]]
  return rowOf(columns, order, [[said, painter], ...detail], look)
}

const outcomes: Record<OrderOutcome, string> = {
  confirmed: '✓ confirmed',
  gone: '✓ gone',
  already_gone: '✓ already gone',
  lease_expired: '! silent: its lease ran out',
  superseded: '· superseded by a later one',
  failed: '✗ failed',
}

/** How it ended, or which step is the last one so far. */
function standingOf(order: Order, paint: Paint): [said: string, painter: Painter] {
  const { outcome, delivered_at, acknowledged_at } = order
  if (outcome !== null) {
    if (outcome === 'failed') return [outcomes[outcome], paint.bad]
    if (outcome === 'lease_expired') return [outcomes[outcome], paint.warn]
    return [outcomes[outcome], outcome === 'superseded' ? paint.dim : paint.good]
  }
  const last = acknowledged_at !== null ? 'acknowledged' : delivered_at !== null ? 'delivered' : 'requested'
  return [`… ${last}`, paint.accent]
}
