// A virtual table of agents: its order, its window on the whole, and the selected agent. Shared by the views that list agents.

import { type FleetQuery, type FleetSort, toAgentRow } from '../../core/view.ts'
import type { Picture } from '../model.ts'

export type TableState = {
  sort: FleetSort
  reverse: boolean
  /** First row shown, counted in the whole order. */
  offset: number
  /** Agent id. */
  selected: string | null
}

export const tableInit = (sort: FleetSort): TableState => ({
  sort,
  reverse: false,
  offset: 0,
  selected: null,
})

/** The window wanted: a row more on each side, so that the selection can move there. */
export function tableQuery(state: TableState, rows: number): Partial<FleetQuery> {
  const from = Math.max(0, state.offset - 1)
  return {
    sort: state.sort,
    reverse: state.reverse,
    offset: from,
    limit: rows + 1 + (state.offset - from),
    ...(state.selected === null ? {} : { pin: state.selected }),
  }
}

/** The agent next to the selected one in the order as it stands; the window follows. */
export function moveSelection(state: TableState, picture: Picture, step: 1 | -1, rows: number): TableState {
  const { frame } = picture
  const ids = frame.rows.map((cells) => toAgentRow(frame.columns, cells).agent)
  const at = state.selected === null ? -1 : ids.indexOf(state.selected)
  const top = Math.max(0, state.offset - frame.offset)
  // An agent that left the window is left behind: the selection starts again at the window's edge.
  const next = at < 0 ? (step > 0 ? top : Math.min(ids.length, top + rows) - 1) : at + step
  const selected = ids[next]
  if (selected === undefined) return state
  const position = frame.offset + next
  const offset = Math.max(0, Math.min(position, Math.max(state.offset, position - rows + 1)))
  return { ...state, selected, offset }
}

export function scrollTable(state: TableState, picture: Picture, offset: number, rows: number): TableState {
  const last = Math.max(0, picture.frame.matched - rows)
  return { ...state, offset: Math.max(0, Math.min(last, offset)) }
}
