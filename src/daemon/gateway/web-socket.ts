// GET /ws: the live stream over a WebSocket. The client may send {"where":"…"} to filter anew.

import type { IncomingMessage } from 'node:http'
import websocket, { type WebSocket } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { BeaconError, toProblem } from '../../core/errors.ts'
import { streamSchema } from '../../core/stream-message.ts'
import { parseJsonText } from './json-text.ts'
import type { LiveStream, StreamClient } from './live-stream.ts'
import type { LiveStreams } from './live-streams.ts'
import { expressionParameter, readParameters } from './query-parameters.ts'

/** A client's message holds one expression. */
const message_bytes_max = 16 * 1024
/** How long a client may take to answer a close; an ending gateway does not wait longer. */
const goodbye_ms = 250

/** Status codes of IANA's WebSocket Close Code registry. */
const goingAway = 1001
const policyViolation = 1008
const tryAgainLater = 1013

export function addWebSocketRoute(app: FastifyInstance, streams: LiveStreams): void {
  // The streams end before the server closes, so nothing is left for the plugin to close.
  app.register(websocket, { options: { maxPayload: message_bytes_max }, preClose: (done) => done() })
  // What is refused before the plugin's own hook, it forgets: the socket would stay open for ever.
  app.addHook('onResponse', async ({ raw, ws }) => {
    if (isUpgrade(raw) && !ws) raw.socket.destroy()
  })
  app.register((scope, _options, done) => {
    scope.route({
      method: 'GET',
      url: '/ws',
      exposeHeadRoute: false,
      config: { right: 'read' },
      onRequest: async () => streams.admit(),
      handler: () => {
        throw new BeaconError('usage', 'this is a WebSocket: the request must ask for an upgrade', {
          hint: 'GET /v1/stream tells the same as server-sent events.',
        })
      },
      wsHandler: (socket, request) => serve(socket, request, streams),
    })
    done()
  })
}

/** Node's own mark; it is not in the types. */
const isUpgrade = (raw: IncomingMessage): boolean => (raw as { upgrade?: boolean }).upgrade === true

function serve(socket: WebSocket, request: FastifyRequest, streams: LiveStreams): void {
  let stream: LiveStream
  try {
    const { where } = readParameters(request, { where: expressionParameter('agent') })
    stream = streams.open(where ?? '', toClient(socket))
  } catch (error) {
    if (!(error instanceof BeaconError)) throw error
    closeSocket(socket, error.code === 'overloaded' ? tryAgainLater : policyViolation, error.detail)
    return
  }
  socket.on('close', () => stream.close())
  socket.on('pong', () => stream.heard())
  socket.on('message', (data, isBinary) => {
    // Whoever sends without reading the answers is not read either.
    socket.pause()
    void answer(stream, isBinary ? '' : data.toString()).finally(() => socket.resume())
  })
}

async function answer(stream: LiveStream, text: string): Promise<void> {
  let where: string
  try {
    where = readFilter(text)
  } catch (error) {
    if (!(error instanceof BeaconError)) throw error
    await stream.send({ schema: streamSchema, type: 'error', problem: toProblem(error) })
    return
  }
  await stream.filter(where)
}

/** Throws usage, or expression_invalid. */
function readFilter(text: string): string {
  const hint = 'Send {"where":"health:unhealthy"}; an empty text takes the filter away.'
  const content = readObject(text)
  if (typeof content?.where !== 'string')
    throw new BeaconError('usage', 'the message must be {"where":"EXPR"}', { hint })
  const { where } = readParameters({ query: content }, { where: expressionParameter('agent') })
  return where ?? ''
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = parseJsonText(text)
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const toClient = (socket: WebSocket): StreamClient => ({
  send: (message) => new Promise((resolve) => socket.send(JSON.stringify(message), () => resolve())),
  ping: () => socket.ping(),
  end: (reason) => closeSocket(socket, goingAway, reason),
  cut: () => socket.terminate(),
})

function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, cutReason(reason))
  setTimeout(() => socket.terminate(), goodbye_ms).unref()
}

const reason_bytes_max = 123

/** A close frame has room for so many bytes, and they must be whole characters. */
function cutReason(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= reason_bytes_max) return reason
  return `${bytes.toString('utf8', 0, reason_bytes_max - 3).replace(/\ufffd$/, '')}…`
}
