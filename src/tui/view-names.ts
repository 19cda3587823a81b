// The views there are and their states: one line each, and the rest of a view is in its folder.

import { type AgentState, agentInit } from './agent/agent-state.ts'
import { type AttentionState, attentionInit } from './attention/attention-state.ts'
import { type BarsState, barsInit } from './bars/bars-state.ts'
import { type ChartsState, chartsInit } from './charts/charts-state.ts'
import { type ControlState, controlInit } from './control/control-state.ts'
import { type FeedState, feedInit } from './feed/feed-state.ts'
import { type FleetState, fleetInit } from './fleet/fleet-state.ts'
import { type ServicesState, servicesInit } from './services/services-state.ts'

export type ViewStates = {
  fleet: FleetState
  feed: FeedState
  agent: AgentState
  attention: AttentionState
  services: ServicesState
  charts: ChartsState
  bars: BarsState
  control: ControlState
}
export type ViewName = keyof ViewStates

export const initialStates = (): ViewStates => ({
  fleet: fleetInit,
  feed: feedInit,
  agent: agentInit,
  attention: attentionInit,
  services: servicesInit,
  charts: chartsInit,
  bars: barsInit,
  control: controlInit,
})
