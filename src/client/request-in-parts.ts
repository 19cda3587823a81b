// One command to any number of agents, in as many requests as it takes.

import type { NatsConnection } from '@nats-io/nats-core'
import type { CommandAnswer, CommandRequest } from '../core/order.ts'
import { requestCommand } from './commands-client.ts'

/** So many that an answer stays well below the largest message of NATS. */
const agents_per_request = 200
const parts_together = 8

/**
 * The parts carry one command id: that of the request, else the one that the first part is given. Rejects like
 * `requestCommand`; said again with its id, what was ordered before changes nothing.
 */
export async function requestInParts(nc: NatsConnection, request: CommandRequest): Promise<CommandAnswer> {
  const parts = Array.from({ length: Math.ceil(request.agents.length / agents_per_request) }, (_, i) =>
    request.agents.slice(i * agents_per_request, (i + 1) * agents_per_request),
  )
  const first = await requestCommand(nc, { ...request, agents: parts[0] ?? [] })
  const { command_id } = first
  const answers = [first]
  for (let i = 1; i < parts.length; i += parts_together) {
    const wave = parts.slice(i, i + parts_together)
    answers.push(
      ...(await Promise.all(wave.map((agents) => requestCommand(nc, { ...request, command_id, agents })))),
    )
  }
  return {
    ...first,
    orders: answers.flatMap(({ orders }) => orders),
    unknown: answers.flatMap(({ unknown }) => unknown),
  }
}
