// What happens to the fleet view: keys, mouse, frames, commands of the palette.

import type { AgentDocument } from '../../core/agent-document.ts'
import type { FleetFrame } from '../../core/view.ts'
import type { Effect, Model } from '../model.ts'
import { fitColumns } from '../table/agent-column.ts'
import { moveInTable, settle } from '../table/table-move.ts'
import { scopeOfAll, toOpen } from '../table/table-rows.ts'
import { reverseOrder, sortByNext, whileReading } from '../table/table-state.ts'
import type { Size, ViewMessage, ViewStep } from '../view-spec.ts'
import { fleetColumns } from './fleet-columns.ts'
import { runCommand } from './fleet-commands.ts'
import { fleetFrame } from './fleet-frame.ts'
import { type FleetLayout, fleetLayout } from './fleet-layout.ts'
import { mouseInFleet } from './fleet-mouse.ts'
import { type FleetState, heatSizes } from './fleet-state.ts'
import { holdOrder } from './group-rows.ts'
import { actInGroups, nextRollup } from './group-update.ts'
import { holdHeatmap } from './heatmap-hold.ts'
import { moveCursor, moveInHeatmap, nextKind, resizeHeatmap, settleWish } from './heatmap-move.ts'
import { addFields, askFields } from './rollup-fields.ts'

type Step = ViewStep<FleetState>

export function updateFleet(model: Model, before: FleetState, message: ViewMessage, size: Size): Step {
  const frame = fleetFrame(model, before, size)
  const layout = fleetLayout(before, frame, size)
  const state = frame ? settled(model, before, frame, layout) : before
  switch (message.type) {
    case 'entered':
      return [entered(model, state), []]
    case 'frame':
      return frame ? askFields(model, state, frame) : [state, []]
    case 'answer':
      return [message.answer.ok ? addFields(state, message.answer.value as AgentDocument) : state, []]
    case 'command':
      return runCommand(state, message.name, message.argument)
    case 'mouse':
      return frame ? mouseInFleet(model, state, message.mouse, frame, layout, size) : [state, []]
    case 'action':
      return frame
        ? act(model, state, message.action, frame, layout, size)
        : [chosen(state, message.action) ?? state, []]
    case 'status':
    case 'bar':
    case 'orders':
    case 'tick':
    case 'search':
      return [state, []]
  }
}

function settled(model: Model, state: FleetState, frame: FleetFrame, layout: FleetLayout): FleetState {
  const table = settle(state.table, frame, scopeOfAll(frame), layout.table_rows)
  const heat = holdHeatmap(state.heat, frame, model)
  const rollup = state.rollup && holdOrder(state.rollup, frame, model.now_ms)
  const same = table === state.table && heat === state.heat && rollup === state.rollup
  return settleWish(same ? state : { ...state, table, heat, rollup }, frame)
}

/** Another filter begins at the top; the filter that a group was entered from brings its roll-up back. */
function entered({ place }: Model, state: FleetState): FleetState {
  if (place.where === state.where) return state
  const at = state.drills.findLastIndex(({ where }) => where === place.where)
  return {
    ...state,
    where: place.where,
    table: { ...state.table, offset: 0, goal: null },
    heat: { ...state.heat, cursor: 0, wish: null },
    rollup: state.drills[at]?.rollup ?? state.rollup,
    drills: at < 0 ? state.drills : state.drills.slice(0, at),
  }
}

/** What is chosen without looking at a frame. */
function chosen(state: FleetState, action: string): FleetState | undefined {
  const { heat } = state
  switch (action) {
    case 'by':
      return { ...state, heat: nextKind(heat) }
    case 'heat_size': {
      const next = heatSizes[(heatSizes.indexOf(heat.size) + 1) % heatSizes.length] ?? 'normal'
      return { ...state, heat: resizeHeatmap(heat, next) }
    }
    case 'roll_up':
      return nextRollup(state)
    default:
      return undefined
  }
}

function act(
  model: Model,
  state: FleetState,
  action: string,
  frame: FleetFrame,
  layout: FleetLayout,
  size: Size,
): Step {
  const next = chosen(state, action)
  if (next) return [next, []]
  const { heat, table, rollup } = state
  const shown = layout.heat.rows > 0
  if (action === 'focus') return [shown ? focus(state, !heat.focused, frame) : state, []]
  if (heat.focused && shown) {
    const moved = moveInHeatmap(heat, action, frame, layout.heat)
    if (moved) return [{ ...state, heat: moved }, []]
    if (action === 'open') return [{ ...state, heat: { ...heat, focused: false } }, []]
  }
  if (rollup) return actInGroups(model, { ...state, rollup }, action, frame, layout.table_rows)
  const scope = scopeOfAll(frame)
  switch (action) {
    case 'left':
    case 'right':
      return [shown ? focus(state, true, frame) : state, []]
    case 'sort_left':
    case 'sort_right': {
      const fitted = fitColumns(fleetColumns, size.columns)
      return [{ ...state, table: sortByNext(table, fitted, action === 'sort_left' ? -1 : 1) }, []]
    }
    case 'reverse':
      return [{ ...state, table: reverseOrder(table) }, []]
    case 'open': {
      const agent = toOpen(table, frame, scope, layout.table_rows)
      return [state, agent === null ? [] : [openAgent(agent)]]
    }
  }
  const moved = moveInTable(table, action, frame, scope, layout.table_rows)
  return [moved ? { ...state, table: whileReading(moved, model.now_ms) } : state, []]
}

const openAgent = (agent: string): Effect => ({ type: 'open', place: { view: 'agent', agent } })

const focus = (state: FleetState, focused: boolean, frame: FleetFrame): FleetState => ({
  ...state,
  heat: focused ? moveCursor(state.heat, state.heat.cursor, frame) : { ...state.heat, focused, wish: null },
})
