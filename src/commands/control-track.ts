// What is known of the orders of one command while it is carried out. They come as answers, as pushed changes and from the
// list, in any order and more than once: only what goes on is taken.

import type { Order, OrderOutcome, OrderStep } from '../core/order.ts'
import { toOrderKey } from '../core/subjects.ts'

/** One step of one order, as it became known here. */
export type StepSeen = { order: Order; step: OrderStep; at: string }

const timeOf = {
  requested: 'requested_at',
  delivered: 'delivered_at',
  acknowledged: 'acknowledged_at',
  gone: 'gone_at',
  failed: 'failed_at',
} as const satisfies Record<OrderStep, keyof Order>

const steps = Object.keys(timeOf) as OrderStep[]

export class OrderTrack {
  readonly #orders = new Map<string, Order>()
  #open = 0

  /** The steps that are news; none when the order says nothing new. */
  take(order: Order): StepSeen[] {
    const key = toOrderKey(order.agent_id, order.installation_id)
    const before = this.#orders.get(key)
    if (before && knownOf(before) >= knownOf(order)) return []
    this.#orders.set(key, order)
    this.#open += Number(order.outcome === null) - Number(before?.outcome === null)
    return steps.flatMap((step) => {
      const at = order[timeOf[step]]
      return at === null || before?.[timeOf[step]] ? [] : [{ order, step, at }]
    })
  }

  get orders(): Order[] {
    return [...this.#orders.values()]
  }

  /** Orders that may still go on. */
  get open(): number {
    return this.#open
  }
}

/** Steps only go up, so the more of them, the later. */
const knownOf = (order: Order): number =>
  steps.filter((step) => order[timeOf[step]] !== null).length + (order.outcome === null ? 0 : 1)

/** Milliseconds from the request to a step; null while it was not taken. */
export function stepAfter_ms(order: Order, step: OrderStep): number | null {
  const at = order[timeOf[step]]
  return at === null ? null : Math.max(0, Date.parse(at) - Date.parse(order.requested_at))
}

/** The last step that was taken. */
export const lastStep = (order: Order): OrderStep =>
  steps.findLast((step) => order[timeOf[step]] !== null) ?? 'requested'

export const toAgents = (orders: readonly Order[]): string[] => [
  ...new Set(orders.map(({ agent_id }) => agent_id)),
]

/** What an operator was after: the agent did it, or was seen to be gone. Silence alone is neither. */
const confirming: ReadonlySet<OrderOutcome> = new Set<OrderOutcome>(['confirmed', 'gone', 'already_gone'])

export const isConfirmed = ({ outcome }: Order): boolean => outcome !== null && confirming.has(outcome)
