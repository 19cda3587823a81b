// What happens to the control view: it asks when something changed, and moves through commands and their orders.

import type { CommandDocument, CommandSummary, CommandsDocument, Order } from '../../core/order.ts'
import type { Answer, Effect, Model } from '../model.ts'
import type { Size, ViewMessage, ViewStep } from '../view-spec.ts'
import { toControlLayout } from './control-layout.ts'
import { type ControlState, pageInit } from './control-state.ts'

type Step = ViewStep<ControlState>

export function updateControl(model: Model, state: ControlState, message: ViewMessage, size: Size): Step {
  switch (message.type) {
    case 'entered': {
      const { command } = model.place
      const page = command === state.page.command_id ? state.page : pageInit(command)
      return ask(model, { ...state, page, asked: null }, size)
    }
    case 'orders':
    case 'tick':
      // A picture that is held still stays as it is.
      return model.held ? [state, []] : ask(model, state, size)
    case 'answer':
      return receive(model, state, message.id, message.answer, size)
    case 'mouse': {
      const { kind, row } = message.mouse
      if (kind !== 'click') return move(model, state, kind === 'up' ? -1 : 1, size)
      return click(model, state, row, size)
    }
    case 'action':
      return act(model, state, message.action, size)
    default:
      return [state, []]
  }
}

/** Asks for what is on the screen; one question at a time. */
function ask(model: Model, state: ControlState, size: Size): Step {
  if (state.asked !== null) return [{ ...state, stale: true }, []]
  const { command_id, top } = state.page
  const rows = toControlLayout(model, size).list
  const request = command_id === null ? null : { command_id, ...windowAround(top, rows) }
  const id = JSON.stringify(request)
  const question = request ? ({ what: 'command', request } as const) : ({ what: 'commands' } as const)
  return [{ ...state, asked: id, stale: false }, [{ type: 'ask', ask: { view: 'control', id, ...question } }]]
}

/** Orders around the window, so that a few steps need no answer. */
function windowAround(top: number, rows: number): { offset: number; limit: number } {
  const offset = Math.max(0, top - rows)
  return { offset, limit: top - offset + 2 * rows }
}

function receive(model: Model, state: ControlState, id: string, answer: Answer, size: Size): Step {
  // Of a page that was left.
  if (id !== state.asked) return [state, []]
  const next = answered({ ...state, asked: null }, id, answer)
  return state.stale && !model.held ? ask(model, next, size) : [{ ...next, stale: false }, []]
}

function answered(state: ControlState, id: string, answer: Answer): ControlState {
  if (!answer.ok) return { ...state, error: answer.error }
  const request = JSON.parse(id) as { offset: number } | null
  if (!request) return { ...state, document: answer.value as CommandsDocument, error: null }
  const document = answer.value as CommandDocument
  return { ...state, page: { ...state.page, document, offset: request.offset }, error: null }
}

export const commandsOf = ({ document }: ControlState): CommandSummary[] => document?.commands ?? []

/** The place of the command under the cursor. */
export const placeOf = (state: ControlState): number =>
  Math.max(
    0,
    commandsOf(state).findIndex(({ command_id }) => command_id === state.selected),
  )

/** The order under the cursor of the command that is open. */
export const currentOrder = ({ page }: ControlState): Order | undefined =>
  page.document?.orders[page.cursor - page.offset]

function act(model: Model, state: ControlState, action: string, size: Size): Step {
  const page = Math.max(1, toControlLayout(model, size).list - 1)
  switch (action) {
    case 'down':
      return move(model, state, 1, size)
    case 'up':
      return move(model, state, -1, size)
    case 'page_down':
      return move(model, state, page, size)
    case 'page_up':
      return move(model, state, -page, size)
    case 'first':
      return move(model, state, Number.NEGATIVE_INFINITY, size)
    case 'last':
      return move(model, state, Number.POSITIVE_INFINITY, size)
    case 'open':
      return [state, opened(state)]
    default:
      return [state, []]
  }
}

function opened(state: ControlState): Effect[] {
  if (state.page.command_id === null) {
    const command = commandsOf(state)[placeOf(state)]
    return command ? [{ type: 'open', place: { command: command.command_id } }] : []
  }
  const order = currentOrder(state)
  return order ? [{ type: 'open', place: { view: 'agent', agent: order.agent_id, command: null } }] : []
}

function move(model: Model, state: ControlState, step: number, size: Size): Step {
  const { page } = state
  return page.command_id === null
    ? goTo(model, state, placeOf(state) + step, size)
    : goTo(model, state, page.cursor + step, size)
}

/** The cursor at that place; the window follows. */
function goTo(model: Model, state: ControlState, place: number, size: Size): Step {
  const { page } = state
  const { list: rows } = toControlLayout(model, size)
  if (page.command_id === null) {
    const commands = commandsOf(state)
    const cursor = Math.max(0, Math.min(commands.length - 1, place))
    // At the top it stays with the newest, as those come.
    const selected = cursor === 0 ? null : (commands[cursor]?.command_id ?? null)
    return [{ ...state, selected, top: windowTop(state.top, cursor, rows) }, []]
  }
  const last = (page.document?.summary.orders ?? 1) - 1
  const cursor = Math.max(0, Math.min(last, place))
  const next = { ...state, page: { ...page, cursor, top: windowTop(page.top, cursor, rows) } }
  return next.page.top === page.top ? [next, []] : ask(model, next, size)
}

const windowTop = (top: number, cursor: number, rows: number): number =>
  Math.max(cursor - rows + 1, Math.min(cursor, top))

/** A click selects, and one on what is selected opens it. */
function click(model: Model, state: ControlState, row: number, size: Size): Step {
  const { page } = state
  const { top: above, list } = toControlLayout(model, size)
  const at = row - above
  if (at < 0 || at >= list) return [state, []]
  const isList = page.command_id === null
  const place = (isList ? windowTop(state.top, placeOf(state), list) : page.top) + at
  const last = (isList ? commandsOf(state).length : (page.document?.summary.orders ?? 0)) - 1
  if (place > last) return [state, []]
  const isThere = place === (isList ? placeOf(state) : page.cursor)
  return isThere ? [state, opened(state)] : goTo(model, state, place, size)
}

/** Places of the commands that are shown. */
export function shownCommands(state: ControlState, rows: number): { from: number; to: number } {
  const from = windowTop(state.top, placeOf(state), rows)
  return { from, to: Math.min(commandsOf(state).length, from + rows) }
}
