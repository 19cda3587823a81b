// The HTTP door: a fastify server with the gateway's routes, one error form, and nothing that a browser can misuse.

import type { NatsConnection } from '@nats-io/nats-core'
import fastify from 'fastify'
import type { SupervisorAddress } from '../../client/supervisor-client.ts'
import { BeaconError } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'
import type { Installations } from '../control/installations.ts'
import { type Auth, assertDeclared } from './auth.ts'
import { addAdminRoutes } from './http-admin.ts'
import { addAgentRoutes } from './http-agents.ts'
import { sendError } from './http-answer.ts'
import { addBarRoutes } from './http-bars.ts'
import { addCommandRoutes, type CommandSources } from './http-commands.ts'
import { addEventRoutes } from './http-events.ts'
import { addHealthRoutes, type HealthSources } from './http-health.ts'
import { addIngestRoutes, type Doors } from './http-ingest.ts'
import { addInstallationRoutes } from './http-installations.ts'
import { addPulseRoutes, type PulseSources } from './http-pulse.ts'
import { addStreamRoute } from './http-stream.ts'
import type { Ingest } from './ingest.ts'
import type { LiveStreams } from './live-streams.ts'
import { refuseForeignOrigin } from './origin-guard.ts'
import { addWebSocketRoute } from './web-socket.ts'

export type HttpOptions = {
  nc: NatsConnection
  auth: Auth
  /** Of the daemon that this gateway belongs to. */
  supervisor: SupervisorAddress
  ingest: Ingest
  doors: Doors
  pulse: Omit<PulseSources, 'nc'>
  control: CommandSources & { installations: Installations }
  health: HealthSources
  streams: LiveStreams
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
/** An agent id in a path: 256 bytes, each as `%41`. */
const idLength_max = 3 * limits.agent_id_bytes_max
const badRequest = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

export function makeHttpServer(options: HttpOptions): HttpServer {
  const { nc, auth, supervisor, ingest, doors, pulse, control, health, streams, onBug } = options
  let stopping = false
  const app = fastify({
    return503OnClosing: false,
    routerOptions: { maxParamLength: idLength_max },
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
    auth.admit(request)
  })
  app.decorateRequest('principal', null)
  app.addHook('onRoute', assertDeclared)
  // A connection that stays open after its answer would hold up the stop.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
  app.setNotFoundHandler((request) => {
    throw new BeaconError('route_not_found', `${request.method} ${request.url.slice(0, 200)}`)
  })
  app.setErrorHandler((error, request, reply) => {
    auth.note(request, error)
    return sendError(reply, error, onBug)
  })
  addIngestRoutes(app, ingest, doors)
  addHealthRoutes(app, health)
  addAdminRoutes(app, supervisor)
  addAgentRoutes(app, nc)
  addEventRoutes(app, nc)
  addBarRoutes(app, nc)
  addPulseRoutes(app, { nc, ...pulse })
  addInstallationRoutes(app, control.installations)
  addCommandRoutes(app, control)
  addStreamRoute(app, streams)
  addWebSocketRoute(app, streams)
  return {
    listen: (address) => app.listen(address),
    async close() {
      stopping = true
      // They would stay open for ever.
      streams.end('the gateway stops')
      control.orderStreams.close()
      // A sender that stalls in the middle of a body cannot hold up the stop.
      const impatient = setTimeout(() => app.server.closeAllConnections(), closeMax_ms)
      await app.close()
      clearTimeout(impatient)
    },
  }
}
