// The screen's data over NATS.

import type { NatsConnection } from '@nats-io/nats-core'
import { type ClientRole, inboxPrefix } from '../client/endpoints.ts'
import { fetchAgentAt, fetchEvents, fetchFleetAt, fetchRange } from '../client/history-client.ts'
import { requestStatus } from '../client/supervisor-client.ts'
import { fetchAgent, openLiveView } from '../client/view-client.ts'
import type { TopPorts } from '../tui/ports.ts'

const status_ms = 900

export const makeTopPorts = (
  nc: NatsConnection,
  role: ClientRole,
  remember: TopPorts['remember'],
): TopPorts => ({
  openView: (query, handlers) => openLiveView(nc, query, handlers, { inbox_prefix: inboxPrefix(role) }),
  fetchAgent: (agent) => fetchAgent(nc, agent),
  fetchAgentAt: (request) => fetchAgentAt(nc, request),
  fetchFleetAt: (request) => fetchFleetAt(nc, request),
  fetchEvents: (request) => fetchEvents(nc, request),
  fetchRange: (request) => fetchRange(nc, request),
  requestStatus: () => requestStatus(nc, status_ms),
  remember,
})
