// Asks the gateways to command agents, and follows what becomes of it.

import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError, type Problem } from '../core/errors.ts'
import {
  type CommandAnswer,
  type CommandDocument,
  type CommandRequest,
  type CommandsDocument,
  commandSubjects,
  type Order,
  orderSubject,
} from '../core/order.ts'
import { toAgentKey } from '../core/subjects.ts'
import { fromProblem } from './door-client.ts'

/** A thousand orders are written down within it, also on a slow disk. */
const request_ms = 15_000
const read_ms = 5_000

/** Resolves when the orders are written down. Throws daemon_unreachable, command_invalid, overloaded. */
export const requestCommand = (nc: NatsConnection, request: CommandRequest): Promise<CommandAnswer> =>
  ask(nc, commandSubjects.request, request, request_ms)

/** The newest commands first. Throws daemon_unreachable. */
export const fetchCommands = (
  nc: NatsConnection,
  request: { limit?: number } = {},
): Promise<CommandsDocument> => ask(nc, commandSubjects.ls, request, read_ms)

/** One command with its orders, those that have not ended first. Throws command_not_found, daemon_unreachable. */
export const fetchCommand = (
  nc: NatsConnection,
  command_id: string,
  page: { offset?: number; limit?: number } = {},
): Promise<CommandDocument> => ask(nc, commandSubjects.show, { command_id, ...page }, read_ms)

/**
 * Each revision of an order from now on, of one agent or of all; what is missed while the connection is lost is not told
 * again. Returns what ends it.
 */
export function watchOrders(
  nc: NatsConnection,
  { agent_id }: { agent_id?: string },
  onOrder: (order: Order) => void,
): () => void {
  const keys = agent_id === undefined ? '>' : `${toAgentKey(agent_id)}.*`
  const subscription = nc.subscribe(`${orderSubject}.${keys}`, {
    callback: (error, message) => {
      // A deletion has no data.
      if (!error && message.data.length > 0) onOrder(message.json<Order>())
    },
  })
  return () => {
    if (!nc.isClosed()) subscription.unsubscribe()
  }
}

async function ask<Document>(
  nc: NatsConnection,
  subject: string,
  request: object,
  timeout_ms: number,
): Promise<Document> {
  const answer = await nc
    .request(subject, JSON.stringify(request), { timeout: timeout_ms })
    .catch((cause: unknown) => {
      throw new BeaconError('daemon_unreachable', 'no gateway answers', { cause })
    })
  const document = answer.json<unknown>()
  if (answer.headers?.has('Nats-Service-Error-Code')) throw fromProblem(document as Problem)
  return document as Document
}
