// Where the screen's data comes from: given by whoever runs it, so that nothing here knows NATS.

import type { LiveView, ViewHandlers } from '../client/view-client.ts'
import type { AgentDocument } from '../core/agent-document.ts'
import type {
  EventsDocument,
  EventsRequest,
  FleetAt,
  FleetAtRequest,
  RangeDocument,
  RangeRequest,
} from '../core/history.ts'
import type { StatusDocument } from '../core/status.ts'
import type { FleetQuery } from '../core/view.ts'
import type { Memory } from './model.ts'

/** Every promise rejects with a BeaconError whose detail the operator may read. */
export type TopPorts = {
  openView(query: Partial<FleetQuery>, handlers: ViewHandlers): LiveView
  fetchAgent(agent: string): Promise<AgentDocument>
  fetchAgentAt(request: FleetAtRequest): Promise<AgentDocument>
  fetchFleetAt(request: FleetAtRequest): Promise<FleetAt>
  fetchEvents(request: EventsRequest): Promise<EventsDocument>
  fetchRange(request: RangeRequest): Promise<RangeDocument>
  requestStatus(): Promise<StatusDocument>
  /** Keeps what shall survive the screen; failing to do so is no reason to stop. */
  remember(memory: Memory): void
}
