// Takes a command of an operator, over HTTP or NATS: finds out which agents are meant, and whether who asks may reach them.

import { randomUUID } from 'node:crypto'
import type { NatsConnection } from '@nats-io/nats-core'
import { findTargets } from '../../client/find-targets.ts'
import { type Principal, reachesAgent } from '../../core/access.ts'
import { BeaconError } from '../../core/errors.ts'
import { type CommandAnswer, type CommandRequest, commandLimits } from '../../core/order.ts'
import { type AskedCommand, parseCommandRequest } from '../../core/order-request.ts'
import type { Orders } from './orders.ts'

export type CommandDesk = {
  /**
   * `given` are the fields that the route says. Throws command_invalid, agent_forbidden, and not_found when nothing is
   * left of what was named.
   */
  take(body: unknown, by: Principal, given?: Partial<CommandRequest>): Promise<CommandAnswer>
}

export function makeCommandDesk(nc: NatsConnection, orders: Pick<Orders, 'request'>): CommandDesk {
  async function resolve(
    asked: AskedCommand,
    by: Principal,
  ): Promise<Pick<CommandRequest, 'agents' | 'scope'>> {
    if (asked.where === undefined && asked.all !== true) {
      if (asked.agents.every((agent) => reachesAgent(by, agent))) return asked
      throw new BeaconError('agent_forbidden', `this token is for ${by.agents}`)
    }
    const { where } = asked
    const found = await findTargets(nc, where === undefined ? { kind: 'all' } : { kind: 'where', where })
    const agents = found.agents.filter((agent) => reachesAgent(by, agent) && !found.stopped?.has(agent))
    if (agents.length === 0)
      throw new BeaconError('not_found', `nothing runs that matches ${found.scope.text}`)
    return { agents, scope: { ...found.scope, targets: agents.length } }
  }

  return {
    async take(body, by, given) {
      const parsed = parseCommandRequest(body, given)
      if (!parsed.ok) throw new BeaconError('command_invalid', parsed.error)
      const { where: _, all: __, ...asked } = parsed.value
      const { agents, scope } = await resolve(parsed.value, by)
      const command_id = asked.command_id ?? randomUUID()
      const answers: CommandAnswer[] = []
      for (let at = 0; at < agents.length; at += commandLimits.agents_max) {
        const some = agents.slice(at, at + commandLimits.agents_max)
        answers.push(
          await orders.request({ ...asked, command_id, agents: some, ...(scope ? { scope } : {}) }, by.name),
        )
      }
      const [first] = answers as [CommandAnswer]
      return {
        ...first,
        orders: answers.flatMap(({ orders }) => orders),
        unknown: answers.flatMap(({ unknown }) => unknown),
      }
    },
  }
}
