// Gives one command to its agents and follows the orders until each has ended, or the time is over.

import type { NatsConnection } from '@nats-io/nats-core'
import { fetchCommand, requestCommand, watchOrders } from '../client/commands-client.ts'
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

/** So many that an answer stays well below the largest message of NATS. */
const agents_per_request = 200

/** The orders as they stand then. Rejects like `requestCommand`. */
export async function giveCommand(nc: NatsConnection, options: RoundOptions): Promise<Order[]> {
  const { request, agents, timeout_ms, signal } = options
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
    const answers = await askInParts(nc, request, agents)
    asked = true
    for (const order of answers.flatMap(({ orders }) => orders)) take(order)
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
  const answers = await askInParts(nc, { ...request, dry_run: true }, agents)
  return {
    orders: answers.flatMap(({ orders }) => orders),
    unknown: answers.flatMap(({ unknown }) => unknown),
  }
}

async function askInParts(
  nc: NatsConnection,
  request: RoundOptions['request'],
  agents: string[],
): Promise<CommandAnswer[]> {
  const parts = Array.from({ length: Math.ceil(agents.length / agents_per_request) }, (_, i) =>
    agents.slice(i * agents_per_request, (i + 1) * agents_per_request),
  )
  const answers: CommandAnswer[] = []
  for (let i = 0; i < parts.length; i += parts_together) {
    const wave = parts.slice(i, i + parts_together)
    answers.push(...(await Promise.all(wave.map((part) => requestCommand(nc, { ...request, agents: part })))))
  }
  return answers
}

const parts_together = 8

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
