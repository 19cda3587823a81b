// /admin/backends: the gateways behind the shared port, listed, added and removed at run time by the supervisor.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requestGateways, type SupervisorAddress } from '../../client/supervisor-client.ts'
import { BeaconError } from '../../core/errors.ts'
import { toBodyText } from './body-text.ts'
import { parseJsonText } from './json-text.ts'
import { makeBodyReader } from './read-body.ts'

export function addAdminRoutes(app: FastifyInstance, supervisor: SupervisorAddress): void {
  app.get('/admin/backends', { config: { right: 'read' } }, () => requestGateways(supervisor, 'ls'))
  app.post('/admin/backends', { config: { right: 'admin' } }, async (_request, reply) => {
    reply.code(201)
    return requestGateways(supervisor, 'add')
  })
  app.delete('/admin/backends', { config: { right: 'admin' } }, async (request) =>
    requestGateways(supervisor, 'rm', await toInstance(request)),
  )
}

const bodies = makeBodyReader(1024 * 1024)

/** `?instance=gateway-2`, or `{"instance":"gateway-2"}`. */
async function toInstance(request: FastifyRequest): Promise<string> {
  const { instance } = request.query as { instance?: unknown }
  if (typeof instance === 'string' && instance !== '') return instance
  const bytes = await bodies.read(request.raw)
  bodies.release(bytes.length)
  const text = await toBodyText(bytes, undefined)
  const body = text === '' ? undefined : (parseJsonText(text) as { instance?: unknown } | null)
  if (typeof body?.instance === 'string' && body.instance !== '') return body.instance
  throw new BeaconError('usage', 'name the gateway: ?instance=gateway-2, or {"instance":"gateway-2"}')
}
