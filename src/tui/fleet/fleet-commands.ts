// The words of the palette that the fleet view carries out, and what they may be followed by.

import { fleetSorts, groupFields, heatmapKinds } from '../../core/view.ts'
import { sortBy } from '../table/table-state.ts'
import type { ViewCommand, ViewStep } from '../view-spec.ts'
import { type FleetState, heatSizes, rollupBy } from './fleet-state.ts'
import { resizeHeatmap } from './heatmap-move.ts'
import { isRollupField, rollupFields } from './rollup-fields.ts'

export const fleetCommands: readonly ViewCommand<'fleet'>[] = [
  {
    name: 'group',
    metavar: 'FIELD',
    help: 'roll the agents up by a field, also any meta.<key>; off shows the agents',
    values: (_model, state) => [...rollupFields(state), 'off'],
  },
  { name: 'sort', metavar: 'COLUMN', help: 'sort the agents', values: () => fleetSorts },
  {
    name: 'heatmap',
    metavar: 'KIND',
    help: 'what the heatmap shows, or how large it is',
    values: () => [...heatmapKinds, ...heatSizes],
  },
]

export function runCommand(state: FleetState, name: string, argument: string): ViewStep<FleetState> {
  const next = changed(state, name, argument)
  if (next) return [next, []]
  const words: Record<string, readonly string[]> = {
    group: [...groupFields, 'meta.<key>', 'off'],
    sort: fleetSorts,
    heatmap: [...heatmapKinds, ...heatSizes],
  }
  return [state, [{ type: 'notice', text: `${name}: ${(words[name] ?? []).join(', ')}`, bad: true }]]
}

/** Undefined when the argument is none that is known. */
function changed(state: FleetState, name: string, argument: string): FleetState | undefined {
  const { heat, table } = state
  switch (name) {
    case 'group':
      if (argument === 'off') return { ...state, rollup: null }
      return isRollupField(argument) ? { ...state, rollup: rollupBy(argument) } : undefined
    case 'sort': {
      const sort = fleetSorts.find((each) => each === argument)
      return sort && { ...state, rollup: null, table: { ...sortBy(table, sort), reverse: false } }
    }
    case 'heatmap': {
      const size = heatSizes.find((each) => each === argument)
      if (size) return { ...state, heat: resizeHeatmap(heat, size) }
      const by = heatmapKinds.find((each) => each === argument)
      return by && { ...state, heat: { ...heat, by, size: heat.size === 'off' ? 'normal' : heat.size } }
    }
    default:
      return undefined
  }
}
