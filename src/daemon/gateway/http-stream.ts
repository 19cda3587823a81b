// GET /v1/stream: the live stream as server-sent events (HTML standard, section 9.2). The event's name is the message's type.

import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type StreamMessage, streamSchema } from '../../core/stream-message.ts'
import type { StreamClient } from './live-stream.ts'
import type { LiveStreams } from './live-streams.ts'
import { expressionParameter, readParameters } from './query-parameters.ts'

/** How long a browser waits before it comes back. */
const retry_ms = 2_000
/** How long a client may take to read the end; an ending gateway does not wait longer. */
const goodbye_ms = 250

export function addStreamRoute(app: FastifyInstance, streams: LiveStreams): void {
  app.get('/v1/stream', { exposeHeadRoute: false, config: { right: 'read' } }, (request, reply) => {
    const { where } = readParameters(request, { where: expressionParameter('agent') })
    const response = reply.raw
    const stream = streams.open(where ?? '', toClient(response))
    reply.hijack()
    response.on('close', () => stream.close())
    response.on('error', () => stream.close())
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Asks proxies such as nginx to pass each message on at once.
      'x-accel-buffering': 'no',
      connection: 'close',
      ...allowPage(request.headers.origin),
    })
    response.write(`retry: ${retry_ms}\n\n`)
  })
}

const toClient = (response: ServerResponse): StreamClient => ({
  send: (message) => new Promise((resolve) => void response.write(toText(message), () => resolve())),
  end(reason) {
    response.end(toText({ schema: streamSchema, type: 'lost', reason }))
    setTimeout(() => response.destroy(), goodbye_ms).unref()
  },
  cut: () => response.destroy(),
})

function toText(message: StreamMessage): string {
  const id = message.type === 'changes' ? `id: ${message.seq}\n` : ''
  return `event: ${message.type}\n${id}data: ${JSON.stringify(message)}\n\n`
}

/** A page of another origin got here only if it lies on loopback; its browser wants to hear that it may read. */
const allowPage = (origin: string | undefined): Record<string, string> =>
  origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' }
