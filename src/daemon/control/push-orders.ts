// Gives orders to agents that listen on `beacon.cmd.<agent>`, and ends those of agents that were not there to hear them. By
// one gateway at a time.

import type { NatsConnection } from '@nats-io/nats-core'
import { commandSubjects, type Order } from '../../core/order.ts'
import { parseAckBody } from '../../core/order-request.ts'
import { endsInstallation, isDue } from '../../core/order-step.ts'
import { toAgentToken, toOrderKey } from '../../core/subjects.ts'
import { sleepOrAbort } from '../sleep-or-abort.ts'
import { type Orders, toAcknowledgement } from './orders.ts'

export type PushOptions = {
  nc: NatsConnection
  orders: Pick<Orders, 'watch' | 'step'>
  /** How long the installation may stay silent, in milliseconds. */
  leaseOf(installationId: string): number | undefined
  /** Whether the lease of the agent, whoever holds it, is over; false when nobody can tell. */
  isOver(agentId: string): Promise<boolean>
  onError(error: unknown): void
  now_ms?: () => number
}

/** How long an agent may take to carry out an order before it answers. */
const answer_ms = 60_000
/** An agent that has no installation, and did not listen just now, is told again this often. */
const again_ms = 2_000

export async function pushOrders(options: PushOptions, signal: AbortSignal): Promise<void> {
  const { nc, orders, onError, now_ms = Date.now } = options
  const began_ms = now_ms()
  const due = new Map<string, Order>()
  const asking = new Set<string>()

  /** Only an answer proves that an agent heard it: others may listen to the subject too. */
  async function tell(order: Order): Promise<void> {
    const id = `${toOrderKey(order.agent_id, order.installation_id)} ${order.command_id}`
    if (asking.has(id)) return
    asking.add(id)
    try {
      const subject = `${commandSubjects.push}.${toAgentToken(order.agent_id)}`
      const reply = await nc.request(subject, JSON.stringify(order), { timeout: answer_ms })
      const ack = parseAckBody(reply.data.length === 0 ? {} : reply.json<unknown>())
      if (ack.ok) await orders.step(order, toAcknowledgement(ack.value, 'nats', now()))
    } catch {
      // Nobody listens, or nobody answers.
    } finally {
      asking.delete(id)
    }
  }

  const now = (): string => new Date(now_ms()).toISOString()

  /** Who is alive calls in within its lease, and is given the order. */
  async function isSilent({ agent_id, installation_id, requested_at }: Order): Promise<boolean> {
    if (await options.isOver(agent_id)) return true
    const lease_ms = installation_id === null ? undefined : options.leaseOf(installation_id)
    return lease_ms !== undefined && now_ms() - Math.max(Date.parse(requested_at), began_ms) > lease_ms
  }

  async function look(order: Order): Promise<void> {
    if (order.installation_id === null) void tell(order)
    const waits = order.outcome === null && order.delivered_at === null
    // What it did last before the order may not be folded yet.
    if (!waits || !endsInstallation(order.command) || now_ms() - Date.parse(order.requested_at) < again_ms)
      return
    if (await isSilent(order)) await orders.step(order, { step: 'gone', at: now(), outcome: 'lease_expired' })
  }

  const unwatch = orders.watch((order) => {
    const key = toOrderKey(order.agent_id, order.installation_id)
    const before = due.get(key)
    if (isDue(order)) due.set(key, order)
    else due.delete(key)
    if (isDue(order) && before?.command_id !== order.command_id) void tell(order)
  })
  try {
    while (!signal.aborted) {
      await sleepOrAbort(again_ms, signal)
      if (signal.aborted) return
      await Promise.all([...due.values()].map((order) => look(order).catch(onError)))
    }
  } finally {
    unwatch()
  }
}
