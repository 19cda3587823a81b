// The table of views: their order gives the number keys. A new view is a folder and a line here.

import { agentView } from './agent/agent-view.ts'
import { attentionView } from './attention/attention-view.ts'
import { barsView } from './bars/bars-view.ts'
import { chartsView } from './charts/charts-view.ts'
import { controlView } from './control/control-view.ts'
import { feedView } from './feed/feed-view.ts'
import { fleetView } from './fleet/fleet-view.ts'
import { servicesView } from './services/services-view.ts'
import type { ViewName } from './view-names.ts'
import type { ViewSpec } from './view-spec.ts'

const table: { [Name in ViewName]: ViewSpec<Name> } = {
  fleet: fleetView,
  feed: feedView,
  agent: agentView,
  attention: attentionView,
  services: servicesView,
  charts: chartsView,
  bars: barsView,
  control: controlView,
}

export const viewNames = Object.keys(table) as ViewName[]

/** The view of that name; its state is the one of the same name, which the compiler cannot see. */
export const viewOf = (name: ViewName): ViewSpec => table[name] as unknown as ViewSpec
