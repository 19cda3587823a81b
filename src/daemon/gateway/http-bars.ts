// GET /api/v1/windows, /api/v1/windows/:id and /api/v1/bars: bars as they fill up, and what was reported of them.

import type { NatsConnection } from '@nats-io/nats-core'
import type { FastifyInstance } from 'fastify'
import { fetchBars, fetchWindow, fetchWindows } from '../../client/bars-client.ts'
import type { BarsDocument, WindowDocument, WindowsDocument } from '../../core/bar-report.ts'
import { BeaconError } from '../../core/errors.ts'
import { err, ok } from '../../core/result.ts'
import { parseWhole } from '../../core/whole.ts'
import { flagParameter, type ParseParameter, readParameters, timeParameter } from './query-parameters.ts'

const windowParameter: ParseParameter<string> = (text) =>
  /^[0-9a-f]{32}$/i.test(text) ? ok(text.toLowerCase()) : err('is no window id: it has 32 hex digits')

const parameters = {
  window: windowParameter,
  since: timeParameter,
  until: timeParameter,
  from_seq: parseWhole(0),
  to_seq: parseWhole(0),
  limit: parseWhole(1, 1_000),
  first: flagParameter,
  revisions: flagParameter,
}

export function addBarRoutes(app: FastifyInstance, nc: NatsConnection): void {
  app.get('/api/v1/windows', { config: { right: 'read' } }, async (request): Promise<WindowsDocument> => {
    readParameters(request, {})
    return await fetchWindows(nc)
  })

  app.get<{ Params: { id: string } }>(
    '/api/v1/windows/:id',
    { config: { right: 'read' } },
    async (request): Promise<WindowDocument> => {
      readParameters(request, {})
      const window = windowParameter(request.params.id)
      if (!window.ok)
        throw new BeaconError('usage', `'${request.params.id}' ${window.error}`, {
          hint: 'GET /api/v1/windows lists the open ones, /api/v1/bars those that were reported.',
        })
      return await fetchWindow(nc, window.value)
    },
  )

  app.get('/api/v1/bars', { config: { right: 'read' } }, async (request): Promise<BarsDocument> => {
    const { since, until, ...rest } = readParameters(request, parameters)
    return await fetchBars(nc, {
      ...rest,
      ...(since === undefined ? {} : { since_ms: since }),
      ...(until === undefined ? {} : { until_ms: until }),
    })
  })
}
