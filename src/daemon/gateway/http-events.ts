// GET /api/v1/events: what happened, archived or not.

import type { NatsConnection } from '@nats-io/nats-core'
import type { FastifyInstance } from 'fastify'
import { fetchEvents } from '../../client/history-client.ts'
import type { EventsDocument } from '../../core/history.ts'
import { parseWhole } from '../../core/whole.ts'
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
  app.get('/api/v1/events', async (request): Promise<EventsDocument> => {
    const { since, until, ...rest } = readParameters(request, parameters)
    return await fetchEvents(nc, {
      ...rest,
      ...(since === undefined ? {} : { since_ms: since }),
      ...(until === undefined ? {} : { until_ms: until }),
    })
  })
}
