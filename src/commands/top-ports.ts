// The screen's data over NATS.

import { fetchBars } from '../client/bars-client.ts'
import { openBeatFeed } from '../client/beat-feed.ts'
import { fetchCommand, fetchCommands, watchOrders } from '../client/commands-client.ts'
import { type ClientRole, inboxPrefix } from '../client/endpoints.ts'
import { fetchAgentAt, fetchEvents, fetchFleetAt, fetchRange } from '../client/history-client.ts'
import { fetchPulse } from '../client/pulse-client.ts'
import { requestInParts } from '../client/request-in-parts.ts'
import { requestStatus, type SupervisorAddress } from '../client/supervisor-client.ts'
import { fetchAgent, openLiveView } from '../client/view-client.ts'
import { watchBars } from '../client/watch-bars.ts'
import type { TopPorts } from '../tui/ports.ts'
import { operatorName } from './operator-name.ts'

const status_ms = 900

export type TopPortsOptions = { role: ClientRole; cluster: string; remember: TopPorts['remember'] }

export function makeTopPorts(
  supervisor: SupervisorAddress,
  { role, cluster, remember }: TopPortsOptions,
): TopPorts {
  const { nc } = supervisor
  return {
    openView: (query, handlers) => openLiveView(nc, query, handlers, { inbox_prefix: inboxPrefix(role) }),
    fetchAgent: (agent) => fetchAgent(nc, agent),
    fetchAgentAt: (request) => fetchAgentAt(nc, request),
    fetchFleetAt: (request) => fetchFleetAt(nc, request),
    fetchEvents: (request) => fetchEvents(nc, request),
    fetchRange: (request) => fetchRange(nc, request),
    requestStatus: () => requestStatus(supervisor, status_ms),
    openBeat: (onFrame) => openBeatFeed(nc, { cluster_id: cluster, onFrame }),
    fetchPulse: () => fetchPulse(nc, cluster),
    fetchBars: (request) => fetchBars(nc, request),
    watchBars: (onBar) => watchBars(nc, cluster, onBar),
    fetchCommands: () => fetchCommands(nc),
    fetchCommand: ({ command_id, ...page }) => fetchCommand(nc, command_id, page),
    requestCommand: (request) => requestInParts(nc, { ...request, by: operatorName() }),
    watchOrders: (onOrder) => watchOrders(nc, {}, onOrder),
    remember,
  }
}
