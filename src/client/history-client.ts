// Asks the historian for the past.

import type { NatsConnection } from '@nats-io/nats-core'
import type { AgentDocument } from '../core/agent-document.ts'
import {
  type EventsDocument,
  type EventsRequest,
  type FleetAt,
  type FleetAtRequest,
  historySubjects,
  type RangeDocument,
  type RangeRequest,
} from '../core/history.ts'
import { askService } from './ask-service.ts'

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

const ask = <Reply>(nc: NatsConnection, subject: string, request: object): Promise<Reply> =>
  askService(nc, { service: 'historian', subject, request, timeout_ms, invalid: 'expression_invalid' })
