// What happens to a roll-up: moving, sorting, entering a group, and going on to the next field.

import type { FleetFrame } from '../../core/view.ts'
import type { Model, Mouse } from '../model.ts'
import type { Size, ViewStep } from '../view-spec.ts'
import { type FleetState, groupSorts, type Rollup, rollupBy } from './fleet-state.ts'
import { groupColumns } from './group-columns.ts'
import { firstShown, groupsInOrder, moveGroup, sortGroupsBy } from './group-rows.ts'
import { addTerm, groupTerm } from './group-term.ts'
import { rollupFields } from './rollup-fields.ts'

type Step = ViewStep<FleetState>
export type RolledUp = FleetState & { rollup: Rollup }

/** The aggregator takes no longer one. */
const where_max = 4_000

/** From no roll-up through all fields, and back to the agents. */
export function nextRollup(state: FleetState): FleetState {
  const fields = rollupFields(state)
  const next = fields[state.rollup ? fields.indexOf(state.rollup.field) + 1 : 0]
  return { ...state, rollup: next === undefined ? null : rollupBy(next) }
}

export function actInGroups(
  model: Model,
  state: RolledUp,
  action: string,
  frame: FleetFrame,
  height: number,
): Step {
  const { rollup } = state
  const groups = groupsInOrder(frame, rollup)
  const move = (step: number): Step => [{ ...state, rollup: moveGroup(rollup, groups, step, height) }, []]
  const sort = (step: 1 | -1): Step => {
    const at = groupSorts.indexOf(rollup.sort) + step + groupSorts.length
    return [
      { ...state, rollup: sortGroupsBy(rollup, groupSorts[at % groupSorts.length] ?? 'agents', false) },
      [],
    ]
  }
  switch (action) {
    case 'down':
      return move(1)
    case 'up':
      return move(-1)
    case 'page_down':
      return move(height)
    case 'page_up':
      return move(-height)
    case 'first':
      return move(-groups.length)
    case 'last':
      return move(groups.length)
    case 'sort_left':
      return sort(-1)
    case 'sort_right':
      return sort(1)
    case 'reverse':
      return [{ ...state, rollup: sortGroupsBy(rollup, rollup.sort, !rollup.reverse) }, []]
    case 'open':
      return rollup.selected === null ? [state, []] : enterGroup(model, state, rollup.selected)
    default:
      return [state, []]
  }
}

function enterGroup({ place }: Model, state: RolledUp, key: string): Step {
  const { rollup } = state
  const where = addTerm(place.where, groupTerm(rollup.field, key))
  if (where.length > where_max)
    return [state, [{ type: 'notice', text: 'its name is too long to filter by', bad: true }]]
  const drills = [...state.drills, { where: place.where, rollup }]
  return [{ ...state, rollup: null, drills }, [{ type: 'open', place: { where } }]]
}

/** `mouse.row` counts from the first group; the heading is -1. */
export function clickGroups(
  model: Model,
  state: RolledUp,
  mouse: Mouse,
  frame: FleetFrame,
  size: Size,
): Step {
  const { rollup, clicked } = state
  const groups = groupsInOrder(frame, rollup)
  const first = firstShown(groups, rollup, size.rows)
  if (mouse.kind !== 'click') {
    const step = mouse.kind === 'up' ? -3 : 3
    return [{ ...state, rollup: moveGroup(rollup, groups, step, size.rows) }, []]
  }
  if (mouse.row < 0) {
    const column = groupColumns(rollup, size.columns).find(
      ({ from, cells }) => mouse.column >= from - 2 && mouse.column < from + cells,
    )
    if (!column || column.name === 'health') return [state, []]
    const reverse = column.name === rollup.sort && !rollup.reverse
    return [{ ...state, rollup: sortGroupsBy(rollup, column.name, reverse) }, []]
  }
  const key = groups[first + mouse.row]?.key
  if (key === undefined) return [{ ...state, clicked: null }, []]
  const selected = { ...state, rollup: { ...rollup, selected: key } }
  const again = clicked?.agent === key && model.now_ms - clicked.at_ms <= 500
  return again
    ? enterGroup(model, { ...selected, clicked: null }, key)
    : [{ ...selected, clicked: { agent: key, at_ms: model.now_ms } }, []]
}
