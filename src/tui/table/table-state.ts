// A virtual table of agents: its order, its window on the whole, and the selected agent. Shared by the views that list agents.

import type { FleetQuery, FleetSort } from '../../core/view.ts'
import { columnsRead, type FittedColumn } from './agent-column.ts'

export type TableState = {
  sort: FleetSort
  reverse: boolean
  /** First row shown, counted in the whole order. */
  offset: number
  /** Agent id. */
  selected: string | null
  /** The selection is to be on whoever stands here, as soon as a frame tells who that is. */
  goal: number | null
  /** Until then the operator is taken to read the rows, and their order holds. */
  reading_ms: number
}

export const tableInit = (sort: FleetSort): TableState => ({
  sort,
  reverse: false,
  offset: 0,
  selected: null,
  goal: null,
  reading_ms: 0,
})

/** Asked for above and below the window, so that a few steps need no answer. */
export const margin_rows = 8
const reading = { for_ms: 6_000, order_ms: 10_000 }

export function tableQuery(
  state: TableState,
  fitted: readonly FittedColumn[],
  rows: number,
  now_ms: number,
): Partial<FleetQuery> {
  const offset = Math.max(0, state.offset - margin_rows)
  return {
    sort: state.sort,
    reverse: state.reverse,
    offset,
    limit: state.offset - offset + rows + margin_rows,
    columns: columnsRead(fitted),
    newest: 0,
    ...(state.selected === null ? {} : { pin: state.selected }),
    ...(now_ms < state.reading_ms ? { order_ms: reading.order_ms } : {}),
  }
}

export const whileReading = (state: TableState, now_ms: number): TableState => ({
  ...state,
  reading_ms: now_ms + reading.for_ms,
})

/** By another column from its best side; the same once more is the other way round. The selection stays with its agent. */
export const sortBy = (state: TableState, sort: FleetSort): TableState => ({
  ...state,
  sort,
  reverse: sort === state.sort && !state.reverse,
  offset: 0,
  goal: null,
})

export const reverseOrder = (state: TableState): TableState => sortBy(state, state.sort)

/** By the next column that is on the screen, or the one before. */
export function sortByNext(state: TableState, fitted: readonly FittedColumn[], step: 1 | -1): TableState {
  const sorts = fitted.flatMap(({ column }) => column.sort ?? [])
  const at = sorts.indexOf(headingSort(state.sort))
  const next = sorts[at < 0 ? 0 : (at + step + sorts.length) % sorts.length]
  return next === undefined ? state : { ...sortBy(state, next), reverse: false }
}

/** The heading that shows an order: last seen is the time of idleness the other way round. */
export const headingSort = (sort: FleetSort): FleetSort => (sort === 'seen' ? 'idle' : sort)

const rising: readonly FleetSort[] = ['agent', 'status', 'task', 'seen']

/** Whether small values come first, on the screen. */
export const isRising = ({ sort, reverse }: Pick<TableState, 'sort' | 'reverse'>): boolean =>
  rising.includes(sort) !== reverse
