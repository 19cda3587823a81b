// What happens to the bars view: reports as they come, the historian's answers, keys and mouse.

import type { StoredBar } from '../../core/bar-report.ts'
import type { Model } from '../model.ts'
import type { Size, ViewMessage, ViewStep } from '../view-spec.ts'
import { addBars, revisedBy } from './bar-list.ts'
import { actInBars, clickBars, turnBars } from './bars-acts.ts'
import { askNewest, askPulse, askWindow, enterMoment, isBehind, receive } from './bars-asks.ts'
import type { BarsState } from './bars-state.ts'

/** A row that was replaced stands out for so long. */
const revised_ms = 5_000

export function updateBars(
  model: Model,
  state: BarsState,
  message: ViewMessage,
  size: Size,
): ViewStep<BarsState> {
  switch (message.type) {
    case 'entered': {
      const begun = enterMoment(model, state)
      const [asking, effects] = askNewest(model, begun)
      return [asking, [...effects, ...askWindow(model, asking), ...askPulse(model)]]
    }
    case 'bar':
      return [{ ...withRevised(model, state, [message.bar]), list: addBars(state.list, [message.bar]) }, []]
    case 'tick': {
      // A picture that is held still and the past stay as they are.
      if (model.held || model.travel) return [state, []]
      const calm = settled(model, state)
      const [next, effects] = isBehind(model, calm) ? askNewest(model, calm) : [calm, []]
      return [next, [...effects, ...askPulse(model)]]
    }
    case 'answer': {
      const next = receive(state, message.id, message.answer)
      return [model.travel ? next : withRevised(model, next, next.list.bars, state), []]
    }
    case 'mouse':
      return message.mouse.kind === 'click'
        ? clickBars(model, state, message.mouse.row, size)
        : turnBars(model, state, message.mouse.kind, size)
    case 'action':
      return actInBars(model, state, message.action, size)
    default:
      return [state, []]
  }
}

/** Remembers which rows another revision took. */
function withRevised(
  { now_ms }: Model,
  state: BarsState,
  fresh: readonly StoredBar[],
  before: BarsState = state,
): BarsState {
  if (before.list.bars === fresh) return state
  const windows = revisedBy(before.list, fresh)
  if (windows.length === 0) return state
  const kept = state.revised.filter(({ window_id }) => !windows.includes(window_id))
  const more = windows.map((window_id) => ({ window_id, until_ms: now_ms + revised_ms }))
  return { ...state, revised: [...kept, ...more] }
}

const settled = ({ now_ms }: Model, state: BarsState): BarsState =>
  state.revised.some(({ until_ms }) => until_ms <= now_ms)
    ? { ...state, revised: state.revised.filter(({ until_ms }) => until_ms > now_ms) }
    : state
