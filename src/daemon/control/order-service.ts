// `beacon.commands.request`, `.ls`, `.show` and `.ack` over NATS: the service `beacon-control`. Who may ask what is up to the
// broker's permissions, but for `ack`, which an agent sends with its runtime token.

import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core'
import { type ServiceMsg, Svcm } from '@nats-io/services'
import type { Principal } from '../../core/access.ts'
import { BeaconError, toProblem } from '../../core/errors.ts'
import { commandSubjects } from '../../core/order.ts'
import { parseAckBody } from '../../core/order-request.ts'
import type { CommandDesk } from './command-desk.ts'
import type { Orders } from './orders.ts'

export type OrderServiceOptions = {
  nc: NatsConnection
  orders: Orders
  desk: CommandDesk
  /** Throws unless the headers carry the runtime token of this installation. */
  authorize(headers: MsgHdrs | undefined, installationId: string): void
  onBug(error: unknown): void
}

/** A reply may not be larger than the broker takes; an order has less than 3 KiB. */
const page_max = 200
const list_default = 100

export async function serveOrders(options: OrderServiceOptions): Promise<{ stop(): Promise<void> }> {
  const { nc, orders, desk, authorize, onBug } = options
  const service = await new Svcm(nc).add({
    name: 'beacon-control',
    version: '1.0.0',
    description: 'Commands to agents, and what became of them',
  })
  type Answer = (body: Body, headers: MsgHdrs | undefined) => object | Promise<object>
  const serve = (name: 'request' | 'ls' | 'show' | 'ack', answer: Answer) =>
    service.addEndpoint(name, {
      subject: commandSubjects[name],
      handler: (error, message) => {
        if (!error) void respond(message, answer)
      },
    })

  async function respond(message: ServiceMsg, answer: Answer): Promise<void> {
    try {
      message.respond(JSON.stringify(await answer(readBody(message), message.headers)))
    } catch (error) {
      if (!(error instanceof BeaconError)) onBug(error)
      const known = error instanceof BeaconError ? error : new BeaconError('internal', 'the request failed')
      const text = known.message.replace(/[\r\n]+/g, ' ')
      message.respondError(known.entry.status, text, JSON.stringify(toProblem(known)))
    }
  }

  serve('request', (body) => desk.take(body, operator(body.by)))
  serve('ls', ({ limit }) => orders.list(toWhole(limit, list_default, 1_000)))
  serve('show', ({ command_id, offset, limit }) => {
    const page = { offset: toWhole(offset, 0, 10_000_000), limit: toWhole(limit, page_max, page_max) }
    const document = orders.show(String(command_id), page)
    if (!document) throw new BeaconError('command_not_found', 'no such command is remembered')
    return document
  })
  serve('ack', async ({ installation_id, command_id, ...body }, headers) => {
    authorize(headers, String(installation_id))
    const ack = parseAckBody(body)
    if (!ack.ok) throw new BeaconError('command_invalid', ack.error)
    const order = await orders.acknowledged(String(installation_id), String(command_id), ack.value, 'nats')
    if (!order) throw new BeaconError('command_not_found', 'the installation has no such order')
    return order
  })
  return { stop: async () => void (await service.stop()) }
}

/** Over NATS whoever may ask at all is an operator, and says who it is. */
const operator = (by: unknown): Principal => ({
  role: 'operate',
  name: typeof by === 'string' && by.trim() !== '' ? by : 'operator',
  agents: null,
  installation_id: null,
})

type Body = { [field: string]: unknown }

function readBody(message: ServiceMsg): Body {
  try {
    const body = message.data.length === 0 ? {} : message.json<unknown>()
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body
  } catch {
    // Answered below.
  }
  throw new BeaconError('command_invalid', 'the request is no JSON object')
}

const toWhole = (value: unknown, fallback: number, max: number): number =>
  Number.isInteger(value) && (value as number) >= 0 ? Math.min(value as number, max) : fallback
