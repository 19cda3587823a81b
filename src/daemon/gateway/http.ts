// The HTTP door: a fastify server with the gateway's routes, one error form, and nothing that a browser can misuse.

import type { NatsConnection } from '@nats-io/nats-core'
import fastify from 'fastify'
import { BeaconError } from '../../core/errors.ts'
import { addAdminRoutes } from './http-admin.ts'
import { sendError } from './http-answer.ts'
import { addHealthRoutes, type HealthSources } from './http-health.ts'
import { addIngestRoute } from './http-ingest.ts'
import type { Ingest } from './ingest.ts'
import { refuseForeignOrigin } from './origin-guard.ts'

export type HttpOptions = {
  nc: NatsConnection
  ingest: Ingest
  health: HealthSources
  /** Told of what is a bug. */
  onBug(error: unknown): void
}

export type HttpServer = {
  /** Resolves with the URL that it listens on. */
  listen(address: { host: string; port: number }): Promise<string>
  /** Refuses what is new, answers what is in flight, closes. */
  close(): Promise<void>
}

const closeMax_ms = 10_000
const badRequest = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

export function makeHttpServer({ nc, ingest, health, onBug }: HttpOptions): HttpServer {
  let stopping = false
  const app = fastify({
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A URL that cannot be decoded is refused before any route.
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, error, onBug)
    },
    // What is no HTTP never reaches a route.
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(badRequest)
    },
  })
  // Bodies are read as bytes by the routes that want one.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (request) => {
    if (stopping) throw new BeaconError('overloaded', 'the gateway is stopping')
    refuseForeignOrigin(request)
  })
  // A connection that stays open after its answer would hold up the stop.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
  app.setNotFoundHandler((request) => {
    throw new BeaconError('route_not_found', `${request.method} ${request.url.slice(0, 200)}`)
  })
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, onBug))
  addIngestRoute(app, ingest)
  addHealthRoutes(app, health)
  addAdminRoutes(app, nc)
  return {
    listen: (address) => app.listen(address),
    async close() {
      stopping = true
      // A sender that stalls in the middle of a body cannot hold up the stop.
      const impatient = setTimeout(() => app.server.closeAllConnections(), closeMax_ms)
      await app.close()
      clearTimeout(impatient)
    },
  }
}
