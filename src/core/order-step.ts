// The steps of an order as pure functions: a step that was taken already, or comes after the end, changes nothing.

import type { CommandName, Order, OrderStep } from './order.ts'

/** Something that became known about an order. `at` is RFC 3339. */
export type OrderChange =
  | { step: 'delivered'; at: string; via: NonNullable<Order['via']> }
  /** `via` says how it must have been delivered, where nobody saw that. */
  | { step: 'acknowledged'; at: string; via: NonNullable<Order['via']>; detail?: string }
  | { step: 'gone'; at: string; outcome: 'gone' | 'already_gone' | 'lease_expired'; detail?: string }
  | { step: 'failed'; at: string; detail: string }

/** Terminate and revoke: the installation ends, and nothing that comes later takes it back. */
export const endsInstallation = (command: CommandName): boolean =>
  command === 'terminate' || command === 'revoke'

/** What was asked for, before anything became of it. */
export type OrderDraft = Pick<
  Order,
  | 'command_id'
  | 'command'
  | 'agent_id'
  | 'installation_id'
  | 'reason'
  | 'by'
  | 'scope'
  | 'shutdown_timeout_ms'
  | 'requested_at'
>

export const toOrder = (draft: OrderDraft): Order => ({
  schema: 'beacon.order.v1',
  ...draft,
  delivered_at: null,
  via: null,
  acknowledged_at: null,
  gone_at: null,
  failed_at: null,
  outcome: null,
  detail: null,
  news: ['requested'],
})

/**
 * The order after a change; undefined when it changes nothing. `news` holds only the steps that the change adds: an
 * acknowledgement proves the delivery as well.
 */
export function stepOrder(order: Order, change: OrderChange): Order | undefined {
  if (!takes(order, change)) return undefined
  const { at } = change
  const detail = ('detail' in change ? change.detail : undefined) ?? order.detail
  switch (change.step) {
    case 'delivered':
      return { ...order, delivered_at: at, via: change.via, news: ['delivered'] }
    case 'acknowledged': {
      const delivered = order.delivered_at === null
      return {
        ...order,
        delivered_at: order.delivered_at ?? at,
        via: order.via ?? change.via,
        acknowledged_at: at,
        outcome: endsInstallation(order.command) ? order.outcome : (order.outcome ?? 'confirmed'),
        detail,
        news: delivered ? ['delivered', 'acknowledged'] : ['acknowledged'],
      }
    }
    case 'gone':
      return { ...order, gone_at: at, outcome: change.outcome, detail, news: ['gone'] }
    case 'failed':
      return { ...order, failed_at: at, outcome: 'failed', detail, news: ['failed'] }
  }
}

/** Several changes as one, with the news of all: undefined when none of them changes anything. */
export function stepThrough(order: Order, changes: readonly OrderChange[]): Order | undefined {
  const news: OrderStep[] = []
  let last = order
  for (const change of changes) {
    const next = stepOrder(last, change)
    if (!next) continue
    news.push(...next.news)
    last = next
  }
  return last === order ? undefined : { ...last, news }
}

function takes(order: Order, { step }: OrderChange): boolean {
  const told = isDue(order)
  switch (step) {
    case 'delivered':
      return told && order.delivered_at === null
    case 'acknowledged':
      return told
    case 'gone':
    case 'failed':
      return order.outcome === null
  }
}

/**
 * Whether the agent has still to be told. One that fell silent may be alive on the other side of a broken network, so it
 * hears of its end when it comes back.
 */
export const isDue = ({ acknowledged_at, outcome, command }: Order): boolean =>
  acknowledged_at === null && (outcome === null || (outcome === 'lease_expired' && endsInstallation(command)))

/** Whether the agent is bound by it now: it is due, or a pause that nobody took back. */
export const isStanding = (order: Order): boolean =>
  isDue(order) || (order.command === 'pause' && order.outcome === 'confirmed')

const weights: Record<CommandName, number> = { pause: 0, resume: 0, terminate: 1, revoke: 2 }

/** Whether an order may take the place of the one before it at the same installation: nothing takes a kill back. */
export const mayReplace = (before: Order | undefined, command: CommandName): boolean =>
  before === undefined ||
  (before.outcome !== null && !isDue(before)) ||
  weights[command] >= weights[before.command]

/** How an order counts when a later one took its place before it ended. */
export const toSuperseded = (order: Order): Order =>
  order.outcome === null ? { ...order, outcome: 'superseded', news: [] } : order

/** When an order took its last step, RFC 3339. */
export const changedAt = (order: Order): string =>
  latestOf([order.requested_at, order.delivered_at, order.acknowledged_at, order.gone_at, order.failed_at])

/** The latest of some times; all are written alike, so that their texts sort as they do. */
export const latestOf = (times: readonly (string | null)[]): string =>
  times
    .filter((time) => time !== null)
    .sort()
    .at(-1) ?? ''
