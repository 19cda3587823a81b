// What the fleet view remembers.

import type { FleetFrame, Heatmap, HeatmapKind } from '../../core/view.ts'
import type { Clicked } from '../table/table-mouse.ts'
import { type TableState, tableInit } from '../table/table-state.ts'

export type FleetState = {
  table: TableState
  clicked: Clicked
  heat: HeatState
  /** Groups in place of agents. */
  rollup: Rollup | null
  /** The roll-ups that were left by entering a group, the last one last: going back restores them. */
  drills: Drill[]
  /** Fields of metadata that agents have, for roll-ups; null before it was asked. */
  fields: string[] | null
  /** The filter of the frame before: another one begins at the top. */
  where: string
}

export const heatSizes = ['off', 'normal', 'large'] as const
export type HeatSize = (typeof heatSizes)[number]

export type HeatState = {
  by: HeatmapKind
  size: HeatSize
  cursor: number
  /** The keys move the cursor, not the selection. */
  focused: boolean
  wish: Wish | null
  /** What is drawn, and since when (`now_ms` of the model): see heatmap-hold.ts. */
  shown: Heatmap | null
  shown_ms: number
}

/**
 * A cell whose agent is wanted. A frame does not say of which cell its `cell_agent` is, so that a question is only `sent`
 * when no answer to another one can be on its way: after a frame without any.
 */
export type Wish = {
  cell: number
  sent: boolean
  /** The frame that was taken into account last. */
  seen: FleetFrame
}

export const groupSorts = ['key', 'agents', 'needs', 'rate', 'errors'] as const
export type GroupSort = (typeof groupSorts)[number]

export type Rollup = {
  /** A field of the expression language, as `status` or `meta.region`. */
  field: string
  sort: GroupSort
  reverse: boolean
  /** The key of a group. */
  selected: string | null
  offset: number
  /** Keys as they stand, and since when (`now_ms` of the model): see `holdOrder`. */
  order: readonly string[]
  order_ms: number
}

export type Drill = { where: string; rollup: Rollup }

export const rollupBy = (field: string): Rollup => ({
  field,
  sort: 'agents',
  reverse: false,
  selected: null,
  offset: 0,
  order: [],
  order_ms: 0,
})

export const fleetInit: FleetState = {
  table: tableInit('health'),
  clicked: null,
  heat: { by: 'health', size: 'normal', cursor: 0, focused: false, wish: null, shown: null, shown_ms: 0 },
  rollup: null,
  drills: [],
  fields: null,
  where: '',
}
