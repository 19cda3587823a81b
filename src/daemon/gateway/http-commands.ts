// Commands over HTTP: what operators ask for and read, and what an installation hears and answers.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { BeaconError } from '../../core/errors.ts'
import type {
  CommandAnswer,
  CommandDocument,
  CommandName,
  CommandsDocument,
  Order,
} from '../../core/order.ts'
import { commandNames } from '../../core/order.ts'
import { parseAckBody } from '../../core/order-request.ts'
import { parseWhole } from '../../core/whole.ts'
import type { CommandDesk } from '../control/command-desk.ts'
import type { Installations } from '../control/installations.ts'
import type { OrderListener, OrderStreams } from '../control/order-streams.ts'
import type { Orders } from '../control/orders.ts'
import { assertReaches, toPrincipal } from './auth.ts'
import { toBodyText } from './body-text.ts'
import { parseJsonText } from './json-text.ts'
import { readParameters } from './query-parameters.ts'
import { makeBodyReader } from './read-body.ts'

export type CommandSources = {
  desk: CommandDesk
  orders: Orders
  orderStreams: OrderStreams
  installations: Pick<Installations, 'byId'>
}

type WithId = { Params: { id: string } }

/** How long an agent waits before it listens again. */
const retry_ms = 1_000
/** A socket that has not taken so much does not read. */
const unsent_bytes_max = 256 * 1024
const list_default = 100
const page_default = 200
const page_max = 1_000

export function addCommandRoutes(app: FastifyInstance, sources: CommandSources): void {
  const { desk, orders, orderStreams, installations } = sources
  const operate = { config: { right: 'operate', agents: 'handler' } } as const
  const self = { config: { right: 'self' } } as const

  app.post('/api/v1/commands', operate, async (request, reply): Promise<CommandAnswer> => {
    reply.code(202)
    return desk.take(await readBody(request), toPrincipal(request))
  })

  for (const command of commandNames)
    app.post<WithId>(`/api/v1/agents/:id/${command}`, operate, async (request, reply) => {
      reply.code(202)
      return take(request, command, request.params.id)
    })

  app.post<WithId>('/api/v1/installations/:id/revoke', operate, async (request, reply) => {
    reply.code(202)
    const { id: installation_id } = request.params
    const found = installations.byId(installation_id)
    if (!found) throw new BeaconError('installation_not_found', 'no installation has this id')
    return take(request, 'revoke', found.agent_id, installation_id)
  })

  async function take(
    request: FastifyRequest,
    command: CommandName,
    agent: string,
    installation_id?: string,
  ): Promise<CommandAnswer> {
    const principal = toPrincipal(request)
    assertReaches(principal, agent)
    const given = { command, agents: [agent], ...(installation_id === undefined ? {} : { installation_id }) }
    const answer = await desk.take(await readBody(request), principal, given)
    if (answer.orders.length === 0) throw new BeaconError('not_found', 'no such agent was heard of')
    return answer
  }

  app.get('/api/v1/commands', { config: { right: 'read' } }, (request): CommandsDocument => {
    const { limit } = readParameters(request, { limit: parseWhole(0, page_max) })
    return orders.list(limit ?? list_default)
  })

  app.get<WithId>('/api/v1/commands/:id', { config: { right: 'read' } }, (request): CommandDocument => {
    const { offset, limit } = readParameters(request, {
      offset: parseWhole(0, 10_000_000),
      limit: parseWhole(0, page_max),
    })
    const document = orders.show(request.params.id, { offset: offset ?? 0, limit: limit ?? page_default })
    if (!document) throw new BeaconError('command_not_found', 'no such command is remembered')
    return document
  })

  app.get<WithId>(
    '/api/v1/installations/:id/commands',
    { ...self, exposeHeadRoute: false },
    (request, reply) => {
      const { id } = request.params
      if (!installations.byId(id))
        throw new BeaconError('installation_not_found', 'no installation has this id')
      orderStreams.admit()
      const response = reply.raw
      const listener: OrderListener = {
        send: (order) => new Promise((resolve) => void response.write(toText(order), () => resolve())),
        beat() {
          response.write(': beat\n\n')
          return response.writableLength < unsent_bytes_max
        },
        end: () => void response.end(),
      }
      reply.hijack()
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // Asks proxies such as nginx to pass each message on at once.
        'x-accel-buffering': 'no',
        connection: 'close',
      })
      response.write(`retry: ${retry_ms}\n\n`)
      const stream = orderStreams.open(id, listener)
      response.on('close', stream.close)
      response.on('error', stream.close)
    },
  )

  app.post<{ Params: { id: string; command_id: string } }>(
    '/api/v1/installations/:id/commands/:command_id',
    self,
    async (request): Promise<Order> => {
      const ack = parseAckBody(await readBody(request))
      if (!ack.ok) throw new BeaconError('command_invalid', ack.error)
      const { id, command_id } = request.params
      const order = await orders.acknowledged(id, command_id, ack.value, 'sse')
      if (!order) throw new BeaconError('command_not_found', 'the installation has no such order')
      return order
    },
  )
}

const bodies = makeBodyReader(16 * 1024 * 1024)

/** A body of nothing counts as an empty object. */
async function readBody(request: FastifyRequest): Promise<unknown> {
  const bytes = await bodies.read(request.raw)
  bodies.release(bytes.length)
  const text = await toBodyText(bytes, request.headers['content-encoding'])
  return text.trim() === '' ? {} : parseJsonText(text)
}

const toText = (order: Order): string =>
  `event: command\nid: ${order.command_id}\ndata: ${JSON.stringify(order)}\n\n`
