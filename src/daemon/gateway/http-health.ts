// GET /health, /ready, /status, /metrics

import type { FastifyInstance } from 'fastify'
import { BeaconError, toProblem } from '../../core/errors.ts'
import { sendAnswer } from './http-answer.ts'
import { retryAfterSeconds } from './ingest-answer.ts'
import type { Readiness, ReadinessSources } from './readiness.ts'

export type HealthSources = {
  instance: string
  readiness(): Promise<Readiness>
  readStatus: ReadinessSources['readStatus']
  /** The numbers of the whole fleet in Prometheus' text format. */
  metrics(): Promise<string>
}

export function addHealthRoutes(app: FastifyInstance, sources: HealthSources): void {
  app.get('/health', { config: { right: 'none' } }, async () => ({
    status: 'ok',
    service: 'beacon-gateway',
    instance: sources.instance,
  }))

  app.get('/ready', { config: { right: 'none' } }, async (_request, reply) => {
    const { ready, reasons } = await sources.readiness()
    if (ready) return { status: 'ready', service: 'beacon-gateway', instance: sources.instance }
    const problem = toProblem(new BeaconError('overloaded', reasons.join('; ')))
    return sendAnswer(reply, { status: 503, body: { ...problem, reasons }, retry_after_s: retryAfterSeconds })
  })

  app.get('/status', { config: { right: 'read' } }, () => sources.readStatus())

  app.get('/metrics', { config: { right: 'read' } }, async (_request, reply) => {
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return sources.metrics()
  })
}
