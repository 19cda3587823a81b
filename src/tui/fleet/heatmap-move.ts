// The cursor of the heatmap. Where it stands the worst agent is asked for, and becomes the selected one.

import { type FleetFrame, heatmapKinds } from '../../core/view.ts'
import type { FleetLayout } from './fleet-layout.ts'
import type { FleetState, HeatSize, HeatState } from './fleet-state.ts'

/** What the keys do while the heatmap has them; undefined when they are not for it. Down from the last row leaves it. */
export function moveInHeatmap(
  heat: HeatState,
  action: string,
  frame: FleetFrame,
  { width, rows }: FleetLayout['heat'],
): HeatState | undefined {
  const to = (cell: number): HeatState => moveCursor(heat, cell, frame)
  switch (action) {
    case 'left':
      return to(heat.cursor - 1)
    case 'right':
      return to(heat.cursor + 1)
    case 'up':
      return heat.cursor < width ? heat : to(heat.cursor - width)
    case 'down':
      return Math.floor(heat.cursor / width) >= rows - 1
        ? { ...heat, focused: false }
        : to(heat.cursor + width)
    case 'first':
      return to(0)
    case 'last':
      return to(Number.MAX_SAFE_INTEGER)
    default:
      return undefined
  }
}

export const nextKind = (heat: HeatState): HeatState => {
  const next = (heatmapKinds.indexOf(heat.by) + 1) % heatmapKinds.length
  return { ...heat, by: heatmapKinds[next] ?? 'health' }
}

/** Other cells: what the cursor stood on is no more. */
export const resizeHeatmap = (heat: HeatState, size: HeatSize): HeatState => ({
  ...heat,
  size,
  focused: false,
  cursor: 0,
  wish: null,
})

export function moveCursor(heat: HeatState, cell: number, frame: FleetFrame): HeatState {
  const last = (frame.heatmap?.cells.length ?? 0) - 1
  if (last < 0) return heat
  const cursor = Math.max(0, Math.min(last, cell))
  const sent = frame.cell_agent === null && heat.wish?.sent !== true
  return { ...heat, focused: true, cursor, wish: { cell: cursor, sent, seen: frame } }
}

/** With each frame: the answer to the wish selects its agent. */
export function settleWish(state: FleetState, frame: FleetFrame): FleetState {
  const { heat, table } = state
  const { wish } = heat
  if (!wish || wish.seen === frame) return state
  const { cell_agent } = frame
  if (wish.sent && cell_agent !== null)
    return { ...state, heat: { ...heat, wish: null }, table: { ...table, selected: cell_agent, goal: null } }
  return {
    ...state,
    heat: { ...heat, wish: { ...wish, sent: wish.sent || cell_agent === null, seen: frame } },
  }
}
