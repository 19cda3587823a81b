// GET /api/v1/agents and /api/v1/agents/:id: the fleet as a list, and one agent; now, or as it was.

import type { NatsConnection } from '@nats-io/nats-core'
import type { FastifyInstance } from 'fastify'
import { fetchFleetList } from '../../client/fetch-fleet-list.ts'
import { fetchAgentAt } from '../../client/history-client.ts'
import { fetchAgent } from '../../client/view-client.ts'
import type { AgentDocument } from '../../core/agent-document.ts'
import {
  type AgentsDocument,
  listedFields,
  parseGroup,
  parseListedFields,
  parseSort,
  toAgentsDocument,
  toFleetColumns,
} from '../../core/agents-document.ts'
import { parseWhole } from '../../core/whole.ts'
import { expressionParameter, flagParameter, readParameters, timeParameter } from './query-parameters.ts'

const agents_default = 100
const agents_max = 10_000

const listParameters = {
  where: expressionParameter('agent'),
  needs: flagParameter,
  sort: parseSort,
  reverse: flagParameter,
  limit: parseWhole(0, agents_max),
  offset: parseWhole(0, 10_000_000),
  columns: parseListedFields,
  group: parseGroup,
  at: timeParameter,
}

export function addAgentRoutes(app: FastifyInstance, nc: NatsConnection): void {
  app.get('/api/v1/agents', { config: { right: 'read' } }, async (request): Promise<AgentsDocument> => {
    const given = readParameters(request, listParameters)
    const { where, group, at: at_ms } = given
    const fields = given.columns ?? listedFields
    const list = await fetchFleetList(nc, {
      sort: given.sort ?? 'seen',
      reverse: given.reverse ?? false,
      needs: given.needs ?? false,
      columns: toFleetColumns(fields),
      offset: given.offset ?? 0,
      // Who asks for groups gets no agents beside them unless told to.
      limit: given.limit ?? (group === undefined ? agents_default : 0),
      ...(where === undefined ? {} : { where }),
      ...(group === undefined ? {} : { group }),
      ...(at_ms === undefined ? {} : { at_ms }),
    })
    return toAgentsDocument(list, fields)
  })

  app.get<{ Params: { id: string } }>(
    '/api/v1/agents/:id',
    { config: { right: 'read', agents: 'path' } },
    async (request): Promise<AgentDocument> => {
      const { at: at_ms } = readParameters(request, { at: timeParameter })
      const agent = request.params.id
      return at_ms === undefined ? await fetchAgent(nc, agent) : await fetchAgentAt(nc, { agent, at_ms })
    },
  )
}
