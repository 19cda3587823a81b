// What happens to the attention view: moving, choosing a kind of trouble, opening an agent.

import type { FleetFrame } from '../../core/view.ts'
import type { Effect, Model, Mouse } from '../model.ts'
import { makePaint } from '../paint.ts'
import { mouseInTable } from '../table/table-mouse.ts'
import { moveInTable, settle } from '../table/table-move.ts'
import { toOpen } from '../table/table-rows.ts'
import { whileReading } from '../table/table-state.ts'
import type { Size, ViewMessage, ViewStep } from '../view-spec.ts'
import { attentionFrame, scopeOf } from './attention-counts.ts'
import { head_rows, tableRows } from './attention-layout.ts'
import { kindCells } from './attention-lines.ts'
import { type AttentionState, type Trouble, troubles } from './attention-state.ts'

type Step = ViewStep<AttentionState>

export function updateAttention(
  model: Model,
  before: AttentionState,
  message: ViewMessage,
  size: Size,
): Step {
  const frame = attentionFrame(model)
  const state = frame ? settled(before, frame, size) : before
  switch (message.type) {
    case 'entered':
      return [entered(model, state), []]
    case 'action':
      return act(model, state, message.action, frame, size)
    case 'mouse':
      return frame ? mouse(model, state, message.mouse, frame, size) : [state, []]
    default:
      return [state, []]
  }
}

function settled(state: AttentionState, frame: FleetFrame, size: Size): AttentionState {
  const table = settle(state.table, frame, scopeOf(frame, state.kind), tableRows(size))
  return table === state.table ? state : { ...state, table }
}

const entered = ({ place }: Model, state: AttentionState): AttentionState =>
  place.where === state.where
    ? state
    : { ...state, where: place.where, table: { ...state.table, offset: 0, goal: null } }

function act(
  model: Model,
  state: AttentionState,
  action: string,
  frame: FleetFrame | undefined,
  size: Size,
): Step {
  const { kind, table } = state
  const kinds = [null, ...troubles]
  const step = (by: number): Step => {
    const at = (kinds.indexOf(kind) + by + kinds.length) % kinds.length
    return [choose(state, kinds[at] ?? null, frame), []]
  }
  if (troubles.includes(action as Trouble)) return [choose(state, action as Trouble, frame), []]
  if (action === 'all') return [choose(state, null, frame), []]
  if (action === 'next_kind') return step(1)
  if (action === 'previous_kind') return step(-1)
  if (!frame) return [state, []]
  const scope = scopeOf(frame, kind)
  if (action === 'open') {
    const agent = toOpen(table, frame, scope, tableRows(size))
    return [state, agent === null ? [] : [openAgent(agent)]]
  }
  const moved = moveInTable(table, action, frame, scope, tableRows(size))
  return [moved ? { ...state, table: whileReading(moved, model.now_ms) } : state, []]
}

const openAgent = (agent: string): Effect => ({ type: 'open', place: { view: 'agent', agent } })

const choose = (
  state: AttentionState,
  kind: Trouble | null,
  frame: FleetFrame | undefined,
): AttentionState => ({
  ...state,
  kind,
  table: { ...state.table, goal: null, offset: frame ? scopeOf(frame, kind).from : 0 },
})

function mouse(model: Model, state: AttentionState, mouse: Mouse, frame: FleetFrame, size: Size): Step {
  if (mouse.kind === 'click' && mouse.row === 0) {
    const cell = kindCells(state, frame, size.columns, plain).find(
      ({ from, to }) => mouse.column >= from && mouse.column < to,
    )
    return [cell ? choose(state, cell.kind, frame) : state, []]
  }
  const { opens, ...next } = mouseInTable(state, { ...mouse, row: mouse.row - head_rows }, frame, {
    scope: scopeOf(frame, state.kind),
    height: tableRows(size),
    now_ms: model.now_ms,
  })
  return [{ ...state, ...next }, opens === null ? [] : [openAgent(opens)]]
}

const plain = makePaint({ color: false, theme: 'mono', ascii: false })
