// The NATS doors: the service `beacon-gateway` with the endpoints `beacon.ingest` and `beacon.claim`, bodies and answers as over HTTP.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { type ServiceMsg, Svcm } from '@nats-io/services'
import { claimSubject, ingestSubject } from '../../core/subjects.ts'
import { isConnected } from '../stream/publish-frames.ts'
import type { Door } from './door.ts'
import type { Measured, MetricsJson } from './fleet-metrics.ts'
import type { Doors } from './http-ingest.ts'
import type { Ingest } from './ingest.ts'

export const gatewayService = 'beacon-gateway'

export type NatsServiceOptions = {
  nc: NatsConnection
  version: string
  instance: string
  daemon_id: string
  ingest: Ingest
  doors: Doors
  metrics(): Promise<MetricsJson>
  onBug(error: unknown): void
}

export type NatsService = {
  /** Takes nothing new, resolves when everything taken is answered. */
  stop(): Promise<void>
}

export async function serveIngest(options: NatsServiceOptions): Promise<NatsService> {
  const { nc, version, instance, daemon_id, ingest, doors, metrics, onBug } = options
  const service = await new Svcm(nc).add({
    name: gatewayService,
    version,
    description: 'Admits events and claims',
    metadata: { instance },
    statsHandler: async (): Promise<Measured> => ({ instance, daemon_id, metrics: await metrics() }),
  })
  const answering = new Set<Promise<void>>()
  const serve = (name: string, subject: string, door: Door) =>
    service.addEndpoint(name, {
      subject,
      handler: (error, message) => {
        if (error) return
        const answer = respond(ingest, door, message).catch(onBug)
        answering.add(answer)
        void answer.then(() => answering.delete(answer))
      },
    })
  serve('ingest', ingestSubject, doors.state)
  serve('claim', claimSubject, doors.claim)
  return {
    async stop() {
      await service.stop()
      await Promise.all(answering)
      // Closing a connection throws away what it has not sent yet.
      if (isConnected(nc)) await nc.flush().catch(() => {})
    },
  }
}

async function respond(ingest: Ingest, door: Door, message: ServiceMsg): Promise<void> {
  const { status, body } = await ingest(door, {
    bytes: Buffer.from(message.data),
    content_type: header(message, 'Content-Type'),
    content_encoding: header(message, 'Content-Encoding'),
  })
  const text = JSON.stringify(body)
  if (status < 400 || !('detail' in body)) message.respond(text)
  else message.respondError(status, `${body.title}: ${body.detail}`.replace(/[\r\n]+/g, ' '), text)
}

const header = (message: Msg, name: string): string | undefined => {
  const canonical = message.headers?.keys().find((key) => key.toLowerCase() === name.toLowerCase())
  return canonical === undefined ? undefined : message.headers?.get(canonical)
}
