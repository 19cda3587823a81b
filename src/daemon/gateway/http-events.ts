// GET /api/v1/events: what happened, archived or not.

import type { NatsConnection } from '@nats-io/nats-core'
import type { FastifyInstance } from 'fastify'
import { fetchEvents } from '../../client/history-client.ts'
import type { Principal } from '../../core/access.ts'
import type { EventsDocument } from '../../core/history.ts'
import { parseWhole } from '../../core/whole.ts'
import { assertReaches, toPrincipal } from './auth.ts'
import {
  expressionParameter,
  flagParameter,
  readParameters,
  textParameter,
  timeParameter,
} from './query-parameters.ts'

const parameters = {
  agent: textParameter,
  where: expressionParameter('event'),
  since: timeParameter,
  until: timeParameter,
  from_seq: parseWhole(0),
  to_seq: parseWhole(0),
  limit: parseWhole(1, 1_000),
  last: flagParameter,
}

export function addEventRoutes(app: FastifyInstance, nc: NatsConnection): void {
  app.get(
    '/api/v1/events',
    { config: { right: 'read', agents: 'handler' } },
    async (request): Promise<EventsDocument> => {
      const { since, until, ...rest } = readParameters(request, parameters)
      assertReadable(toPrincipal(request), rest.agent)
      return await fetchEvents(nc, {
        ...rest,
        ...(since === undefined ? {} : { since_ms: since }),
        ...(until === undefined ? {} : { until_ms: until }),
      })
    },
  )
}

/** A token that is bound to agents must name one of them. */
function assertReadable(principal: Principal, agent: string | undefined): void {
  if (principal.agents !== null) assertReaches(principal, agent ?? '')
}
