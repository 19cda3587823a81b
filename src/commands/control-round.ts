// Gives one command to its agents and follows the orders until each has ended, or the time is over.

import type { NatsConnection } from '@nats-io/nats-core'
import { fetchCommand, watchOrders } from '../client/commands-client.ts'
import { requestInParts } from '../client/request-in-parts.ts'
import type { CommandAnswer, CommandRequest, Order } from '../core/order.ts'
import { OrderTrack, type StepSeen } from './control-track.ts'

export type RoundOptions = {
  request: Omit<CommandRequest, 'agents' | 'command_id'> & { command_id: string }
  agents: string[]
  /** How long to wait for the orders to end, from the request on. */
  timeout_ms: number
  /** Ends the waiting; the orders stand. */
  signal: AbortSignal
  onSteps(steps: StepSeen[], track: OrderTrack): void
}

/** The orders as they stand then. Rejects like `requestCommand`. */
export async function giveCommand(nc: NatsConnection, options: RoundOptions): Promise<Order[]> {
  const { request, agents, timeout_ms, signal } = options
  if (agents.length === 0) return []
  const track = new OrderTrack()
  const ended = Promise.withResolvers<void>()
  let asked = false
  const take = (order: Order): void => {
    if (order.command_id !== request.command_id) return
    const steps = track.take(order)
    if (steps.length > 0) options.onSteps(steps, track)
    if (asked && track.open === 0) ended.resolve()
  }
  // Before the request: the first steps may come sooner than the answer.
  const stopWatching = watchOrders(nc, {}, take)
  const timer = setTimeout(() => ended.resolve(), timeout_ms)
  signal.addEventListener('abort', () => ended.resolve(), { once: true })
  try {
    const answer = await requestInParts(nc, { ...request, agents })
    asked = true
    for (const order of answer.orders) take(order)
    if (track.open > 0) await ended.promise
    if (track.open > 0 && !signal.aborted) await readMissed(nc, request.command_id, take)
    return track.orders
  } finally {
    clearTimeout(timer)
    stopWatching()
  }
}

/** What would be ordered, without ordering it. */
export async function previewCommand(
  nc: NatsConnection,
  { request, agents }: Pick<RoundOptions, 'request' | 'agents'>,
): Promise<Pick<CommandAnswer, 'orders' | 'unknown'>> {
  return await requestInParts(nc, { ...request, agents, dry_run: true })
}

/** The watch is a plain subscription, which may miss something; the bucket misses nothing. */
async function readMissed(
  nc: NatsConnection,
  commandId: string,
  take: (order: Order) => void,
): Promise<void> {
  for (let offset = 0; ; offset += orders_per_page) {
    const { orders, summary } = await fetchCommand(nc, commandId, { offset, limit: orders_per_page })
    for (const order of orders) take(order)
    if (orders.length === 0 || offset + orders.length >= summary.orders) return
  }
}

const orders_per_page = 200
