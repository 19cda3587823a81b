// POST /api/v1/installations, …/:id/heartbeat and …/:id/shutdown

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { BeaconError } from '../../core/errors.ts'
import {
  type InstallationBody,
  parseHeartbeatBody,
  parseRegisterBody,
  parseShutdownBody,
} from '../../core/installation-bodies.ts'
import type { Installations } from '../control/installations.ts'
import { assertReaches } from './auth.ts'
import { toBodyText } from './body-text.ts'
import { parseJsonText } from './json-text.ts'
import { makeBodyReader } from './read-body.ts'

/** Bytes of all bodies that are being read: tens of thousands at the size that a heartbeat has. */
const bodiesMax = 16 * 1024 * 1024

export function addInstallationRoutes(app: FastifyInstance, installations: Installations): void {
  const bodies = makeBodyReader(bodiesMax)

  async function read<T>({ raw, headers }: FastifyRequest, parse: InstallationBody<T>): Promise<T> {
    const bytes = await bodies.read(raw)
    bodies.release(bytes.length)
    const text = await toBodyText(bytes, headers['content-encoding'])
    const body = parse(text.trim() === '' ? {} : parseJsonText(text))
    if (!body.ok) throw new BeaconError('installation_invalid', body.error)
    return body.value
  }

  app.post(
    '/api/v1/installations',
    { config: { right: 'register', agents: 'handler', token: 'optional' } },
    async (request, reply) => {
      const body = await read(request, parseRegisterBody)
      if (request.principal) assertReaches(request.principal, body.agent_id)
      const answer = await installations.register(body, request.principal)
      return reply.code(answer.recovered ? 200 : 201).send(answer)
    },
  )

  app.post<{ Params: { id: string } }>(
    '/api/v1/installations/:id/heartbeat',
    { config: { right: 'self' } },
    async (request) => installations.heartbeat(request.params.id, await read(request, parseHeartbeatBody)),
  )

  app.post<{ Params: { id: string } }>(
    '/api/v1/installations/:id/shutdown',
    { config: { right: 'self' } },
    async (request) => installations.shutdown(request.params.id, await read(request, parseShutdownBody)),
  )
}
