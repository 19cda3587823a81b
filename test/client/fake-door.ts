// A door in the test's hand: it answers as Beacon does, may be closed and opened again, and keeps what it was told.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { HeartbeatAnswer, HeartbeatBody, RegisterBody } from '../../src/core/installation.ts'
import type { AckBody, Order } from '../../src/core/order.ts'

export type Told = { path: string; token: string | undefined; body: string }
type Reply = { status: number; body: object }

export type FakeDoor = {
  readonly url: string
  /** Every request in order; ingest bodies too. */
  readonly told: Told[]
  registrations(): RegisterBody[]
  heartbeats(): HeartbeatBody[]
  acks(): (AckBody & { command_id: string })[]
  events(): { status: string; agent_seq: number; run: string }[]
  readonly streams: number
  push(order: Partial<Order>): void
  /** Ends the streams; agents come back. */
  endStreams(): void
  /** What the next heartbeats are answered with. */
  say: Partial<HeartbeatAnswer>
  /** Answers a request in another way; undefined answers as usual. */
  instead: (path: string, told: Told) => Reply | undefined
  away(): Promise<void>
  back(): Promise<void>
}

export async function openFakeDoor(): Promise<FakeDoor & { close(): Promise<void> }> {
  const told: Told[] = []
  const events: ReturnType<FakeDoor['events']> = []
  const streams = new Set<ServerResponse>()
  let server: Server
  let port = 0
  let installations = 0

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const one: Told = {
      path,
      token: request.headers.authorization?.slice('Bearer '.length),
      body: await text(request),
    }
    told.push(one)
    const other = door.instead(path, one)
    const { status, body } = other ?? answer(path, one.body)
    if (!other && request.method === 'GET') {
      streams.add(response)
      response.on('close', () => streams.delete(response))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n')
      return
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  function answer(path: string, body: string): Reply {
    if (path === '/api/v1/installations') return register(JSON.parse(body))
    if (path.endsWith('/heartbeat')) return { status: 200, body: { ...heartbeat, ...door.say } }
    if (path !== '/ingest/state') return { status: 200, body: {} }
    const lines = body.split('\n').map((line) => JSON.parse(line))
    for (const event of lines) {
      // Beacon takes a number once.
      if (!events.some(({ run, agent_seq }) => run === event.run && agent_seq === event.agent_seq))
        events.push(event)
    }
    return { status: 202, body: { status: 'accepted', accepted: lines.length, rejected: 0, errors: [] } }
  }

  function register(body: RegisterBody): Reply {
    const recovered = body.installation_id !== undefined
    if (!recovered) installations++
    const installation_id = body.installation_id ?? `installation-${installations}`
    const token_version = told.filter(({ path }) => path === '/api/v1/installations').length
    return {
      status: 200,
      body: {
        schema: 'beacon.installation.v1',
        installation_id,
        agent_id: body.agent_id,
        runtime_token: `runtime-${token_version}`,
        refresh_token: `refresh-${token_version}`,
        token_version,
        recovered,
        command: null,
        command_id: null,
        reason: null,
      },
    }
  }

  async function listen(): Promise<void> {
    server = createServer((request, response) => void handle(request, response))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }

  async function end(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  const of = (suffix: RegExp): Told[] => told.filter(({ path }) => suffix.test(path))
  const door: FakeDoor & { close(): Promise<void> } = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    told,
    registrations: () => of(/installations$/).map(({ body }) => JSON.parse(body)),
    heartbeats: () => of(/heartbeat$/).map(({ body }) => JSON.parse(body)),
    acks: () =>
      of(/commands\/[^/]+$/).map(({ path, body }) => ({
        command_id: path.split('/').at(-1) as string,
        ...JSON.parse(body),
      })),
    events: () => events,
    get streams() {
      return streams.size
    },
    push(order) {
      const data = JSON.stringify({
        schema: 'beacon.order.v1',
        by: 'ann',
        shutdown_timeout_ms: 5_000,
        ...order,
      })
      for (const stream of streams) stream.write(`event: order\ndata: ${data}\n\n`)
    },
    endStreams() {
      for (const stream of streams) stream.end()
    },
    say: {},
    instead: () => undefined,
    away: end,
    back: listen,
    close: end,
  }
  await listen()
  return door
}

export const problem = (status: number, code: string): Reply => ({
  status,
  body: { status, code, detail: `said ${code}` },
})

const heartbeat = {
  schema: 'beacon.heartbeat.v1',
  lease_renewed: true,
  command: null,
  command_id: null,
  reason: null,
  revoked: false,
  shutdown_timeout_ms: 5_000,
  refreshed_token: null,
}
