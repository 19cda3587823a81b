// Asks the historian for the past.

import type { NatsConnection } from '@nats-io/nats-core'
import type { AgentDocument } from '../core/agent-document.ts'
import { BeaconError } from '../core/errors.ts'
import {
  type EventsDocument,
  type EventsRequest,
  type FleetAt,
  type FleetAtRequest,
  historySubjects,
  type RangeDocument,
  type RangeRequest,
} from '../core/history.ts'

/** A far moment is folded from the nearest checkpoint, which takes its time. */
const timeout_ms = 15_000

export const fetchEvents = (nc: NatsConnection, request: EventsRequest): Promise<EventsDocument> =>
  ask(nc, historySubjects.events, request)

export const fetchFleetAt = (nc: NatsConnection, request: FleetAtRequest): Promise<FleetAt> =>
  ask(nc, historySubjects.fleet, request)

export const fetchAgentAt = (nc: NatsConnection, request: FleetAtRequest): Promise<AgentDocument> =>
  ask(nc, historySubjects.agent, request)

export const fetchRange = (nc: NatsConnection, request: RangeRequest = {}): Promise<RangeDocument> =>
  ask(nc, historySubjects.range, request)

async function ask<Reply>(nc: NatsConnection, subject: string, request: object): Promise<Reply> {
  const message = await nc
    .request(subject, JSON.stringify(request), { timeout: timeout_ms })
    .catch((error: unknown) => {
      throw new BeaconError('daemon_unreachable', 'no historian answers', { cause: error })
    })
  const code = Number(message.headers?.get('Nats-Service-Error-Code') ?? 0)
  const detail = message.headers?.get('Nats-Service-Error') ?? ''
  if (code === 400) throw new BeaconError('expression_invalid', detail)
  if (code === 404) throw new BeaconError('not_found', detail)
  if (code === 503) throw new BeaconError('overloaded', detail)
  if (code === 507) throw new BeaconError('archive_damaged', detail)
  if (code > 0) throw new BeaconError('internal', detail)
  return message.json<Reply>()
}
