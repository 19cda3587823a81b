// Where the screen's data comes from: given by whoever runs it, so that nothing here knows NATS.

import type { LiveView, ViewHandlers } from '../client/view-client.ts'
import type { AgentDocument } from '../core/agent-document.ts'
import type { BarsDocument, BarsRequest, StoredBar } from '../core/bar-report.ts'
import type { Beat } from '../core/beat-tracker.ts'
import type {
  EventsDocument,
  EventsRequest,
  FleetAt,
  FleetAtRequest,
  RangeDocument,
  RangeRequest,
} from '../core/history.ts'
import type { CommandAnswer, CommandDocument, CommandRequest, CommandsDocument } from '../core/order.ts'
import type { PulseDocument } from '../core/pulse-document.ts'
import type { StatusDocument } from '../core/status.ts'
import type { FleetQuery } from '../core/view.ts'
import type { CommandShowRequest, Memory } from './model.ts'

/** The beat of the cluster, as long as it is open. */
export type BeatSource = {
  /** Undefined as long as nothing is known. */
  now(): Beat | undefined
  close(): void
}

/** Every promise rejects with a BeaconError whose detail the operator may read. */
export type TopPorts = {
  openView(query: Partial<FleetQuery>, handlers: ViewHandlers): LiveView
  fetchAgent(agent: string): Promise<AgentDocument>
  fetchAgentAt(request: FleetAtRequest): Promise<AgentDocument>
  fetchFleetAt(request: FleetAtRequest): Promise<FleetAt>
  fetchEvents(request: EventsRequest): Promise<EventsDocument>
  fetchRange(request: RangeRequest): Promise<RangeDocument>
  requestStatus(): Promise<StatusDocument>
  /** `onFrame` is called when a frame may have moved the count. */
  openBeat(onFrame: () => void): BeatSource
  fetchPulse(): Promise<PulseDocument>
  fetchBars(request: BarsRequest): Promise<BarsDocument>
  /** Reports as they are issued, until the function that it returns is called. */
  watchBars(onBar: (bar: StoredBar) => void): () => void
  /** The newest first. */
  fetchCommands(): Promise<CommandsDocument>
  fetchCommand(request: CommandShowRequest): Promise<CommandDocument>
  /** Of any number of agents. */
  requestCommand(request: CommandRequest): Promise<CommandAnswer>
  /** Says that an order took a step, until the function that it returns is called. */
  watchOrders(onOrder: () => void): () => void
  /** Keeps what shall survive the screen; failing to do so is no reason to stop. */
  remember(memory: Memory): void
}
