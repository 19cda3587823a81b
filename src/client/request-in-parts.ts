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
  const { agents, command_id } = request
  const given = agents.slice(0, agents_per_request)
  if (given.length === agents.length) return await requestCommand(nc, request)
  if (command_id === undefined) {
    const first = await requestCommand(nc, { ...request, agents: given })
    const rest = agents.slice(agents_per_request)
    return merge([
      first,
      await requestInParts(nc, { ...request, command_id: first.command_id, agents: rest }),
    ])
  }
  const parts = Array.from({ length: Math.ceil(agents.length / agents_per_request) }, (_, i) =>
    agents.slice(i * agents_per_request, (i + 1) * agents_per_request),
  )
  const answers: CommandAnswer[] = []
  for (let i = 0; i < parts.length; i += parts_together) {
    const wave = parts.slice(i, i + parts_together)
    answers.push(...(await Promise.all(wave.map((part) => requestCommand(nc, { ...request, agents: part })))))
  }
  return merge(answers)
}

const merge = (answers: CommandAnswer[]): CommandAnswer => ({
  ...(answers[0] as CommandAnswer),
  orders: answers.flatMap(({ orders }) => orders),
  unknown: answers.flatMap(({ unknown }) => unknown),
})
