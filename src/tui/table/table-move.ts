// Moving in a table: the selection goes by places, and stays with the agent that it finds there.

import type { FleetFrame } from '../../core/view.ts'
import { placedRows, type Scope } from './table-rows.ts'
import type { TableState } from './table-state.ts'

/** What the common keys do in a table of `height` rows; undefined for another action. */
export function moveInTable(
  state: TableState,
  action: string,
  frame: FleetFrame,
  scope: Scope,
  height: number,
): TableState | undefined {
  const at = placeOfSelected(state, frame, scope)
  const to = (place: number): TableState => goTo(state, place, frame, scope, height)
  switch (action) {
    case 'down':
      return to(at === null ? state.offset : at + 1)
    case 'up':
      return to(at === null ? state.offset + height - 1 : at - 1)
    case 'page_down':
      return goTo(scroll(state, height, scope, height), (at ?? state.offset) + height, frame, scope, height)
    case 'page_up':
      return goTo(scroll(state, -height, scope, height), (at ?? state.offset) - height, frame, scope, height)
    case 'first':
      return to(scope.from)
    case 'last':
      return to(scope.to - 1)
    default:
      return undefined
  }
}

/** Null when nobody is selected, or the order carried the agent out of sight: then moving begins at the window's edge. */
function placeOfSelected(state: TableState, frame: FleetFrame, scope: Scope): number | null {
  if (state.goal !== null) return state.goal
  return placedRows(frame, scope).find(({ row }) => row.agent === state.selected)?.position ?? null
}

/** Selects whoever is at the place; the window follows. */
function goTo(state: TableState, place: number, frame: FleetFrame, scope: Scope, height: number): TableState {
  if (scope.to <= scope.from) return state
  const goal = Math.max(scope.from, Math.min(scope.to - 1, place))
  const offset = Math.max(goal - height + 1, Math.min(goal, state.offset))
  return settle({ ...state, goal, offset }, frame, scope, height)
}

/** Moves the window and leaves the selection where it is. */
export function scroll(state: TableState, rows: number, scope: Scope, height: number): TableState {
  const offset = Math.max(scope.from, Math.min(scope.to - height, state.offset + rows))
  return { ...state, offset: Math.max(0, offset) }
}

/** With each frame: the selection finds its agent, and the window does not stand behind the end. */
export function settle(state: TableState, frame: FleetFrame, scope: Scope, height: number): TableState {
  const offset = Math.max(scope.from, Math.min(state.offset, scope.to - height))
  const within = offset === state.offset ? state : { ...state, offset }
  const { goal } = state
  if (goal === null) return within
  const found = placedRows(frame, scope).find(({ position }) => position === goal)
  if (found) return { ...within, selected: found.row.agent, goal: null }
  // In the frame and not in the scope: it is no longer there.
  const passed = goal >= frame.offset && goal < frame.offset + frame.rows.length
  return passed || goal >= scope.to ? { ...within, goal: null } : within
}
