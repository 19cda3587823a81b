// Whom a command is about to meet: the agents that were asked for, as orders that were not given yet.

import type { NatsConnection } from '@nats-io/nats-core'
import { type AskedTargets, findStopped, findTargets } from '../client/find-targets.ts'
import { BeaconError } from '../core/errors.ts'
import type { Order } from '../core/order.ts'
import { previewCommand, type RoundOptions } from './control-round.ts'
import { toAgents } from './control-track.ts'

export type Meant = {
  request: RoundOptions['request']
  orders: Order[]
  /** Agents without an installation that said goodbye: there is nobody to be told. */
  over: string[]
  unknown: string[]
}

/** Throws not_found when nothing matches, and rejects like `requestCommand`. */
export async function findMeant(
  nc: NatsConnection,
  asked: AskedTargets,
  request: RoundOptions['request'],
): Promise<Meant> {
  const targets = await findTargets(nc, asked)
  if (targets.agents.length === 0) throw new BeaconError('not_found', 'no agent matches')
  const preview = await previewCommand(nc, { request, agents: targets.agents })
  const alone = preview.orders.flatMap((order) => (order.installation_id === null ? [order.agent_id] : []))
  const stopped = targets.stopped ?? (await findStopped(nc, alone))
  const over = alone.filter((agent) => stopped.has(agent))
  const gone = new Set(over)
  // Whoever names an agent that has ended is told so; whoever means a crowd means those that are there.
  const orders = preview.orders.filter(
    ({ agent_id, outcome }) => !gone.has(agent_id) && (asked.kind === 'agents' || outcome === null),
  )
  const scope = { ...targets.scope, targets: toAgents(orders).length }
  return { request: { ...request, scope }, orders, over, unknown: preview.unknown }
}
