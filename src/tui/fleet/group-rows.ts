// The groups of a roll-up in the order on the screen, and the window on them. A frame holds all of them.

import { type FleetColumn, type FleetFrame, fleetColumns, type Group } from '../../core/view.ts'
import type { GroupSort, Rollup } from './fleet-state.ts'

const hold_ms = 2_000

/** The one column asked for with a roll-up. A frame does not say what its groups are by, but it does say its columns. */
export const columnsOf = (field: string): FleetColumn[] => [
  fleetColumns.find((column) => column === field) ??
    (field.startsWith('meta.') ? (field as FleetColumn) : `meta.${field}`),
]

/** Null as long as the frame at hand is of another field. */
export const groupsOf = ({ groups, columns }: FleetFrame, { field }: Rollup): Group[] | null =>
  columns.join() === columnsOf(field).join() ? groups : null

/** In the order that is held; who is new comes last. */
export function groupsInOrder(frame: FleetFrame, rollup: Rollup): Group[] {
  const groups = groupsOf(frame, rollup) ?? []
  if (rollup.order.length === 0) return sorted(groups, rollup)
  const places = new Map(rollup.order.map((key, place) => [key, place]))
  const placeOf = ({ key }: Group): number => places.get(key) ?? places.size
  return sorted(groups, rollup).sort((a, b) => placeOf(a) - placeOf(b))
}

/** With each frame: the order holds for two seconds at a time, so that it can be read. */
export function holdOrder(rollup: Rollup, frame: FleetFrame, now_ms: number): Rollup {
  const groups = groupsOf(frame, rollup)
  if (!groups || (rollup.order.length > 0 && now_ms - rollup.order_ms < hold_ms)) return rollup
  return { ...rollup, order: sorted(groups, rollup).map(({ key }) => key), order_ms: now_ms }
}

/** By the best side of the column first: texts from A, numbers from the highest. */
function sorted(groups: readonly Group[], { sort, reverse }: Rollup): Group[] {
  const direction = reverse ? -1 : 1
  return [...groups].sort((a, b) => direction * compare(a, b, sort) || (a.key < b.key ? -1 : 1))
}

function compare(a: Group, b: Group, sort: GroupSort): number {
  if (sort === 'key') return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
  return b[sort] - a[sort]
}

/** Another order is taken at once. */
export const sortGroupsBy = (rollup: Rollup, sort: GroupSort, reverse: boolean): Rollup => ({
  ...rollup,
  sort,
  reverse,
  offset: 0,
  order: [],
})

/** First group shown: the offset, moved so that the selected group is in sight. */
export function firstShown(groups: readonly Group[], { selected, offset }: Rollup, height: number): number {
  const at = groups.findIndex(({ key }) => key === selected)
  const first = Math.max(0, Math.min(offset, groups.length - height))
  return at < 0 ? first : Math.max(at - height + 1, Math.min(at, first))
}

/** Moves the selection by so many groups; from nowhere it begins at the first one shown. */
export function moveGroup(rollup: Rollup, groups: readonly Group[], step: number, height: number): Rollup {
  const at = groups.findIndex(({ key }) => key === rollup.selected)
  const first = firstShown(groups, rollup, height)
  const to = Math.max(0, Math.min(groups.length - 1, at < 0 ? first : at + step))
  const next = { ...rollup, selected: groups[to]?.key ?? null }
  return { ...next, offset: firstShown(groups, next, height) }
}
