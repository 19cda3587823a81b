// From one model to the next: everything that can happen to the screen, without doing any of it.

import { act } from './act.ts'
import { toBinding } from './keys.ts'
import { head_rows, viewSize } from './layout.ts'
import type { Effect, Message, Model } from './model.ts'
import { addFrame } from './picture.ts'
import { editPrompt } from './prompt.ts'
import { tell } from './tell.ts'
import { viewNames, viewOf } from './views.ts'

export type Step = readonly [model: Model, effects: Effect[]]

export function update(before: Model, message: Message, now_ms: number): Step {
  const model = { ...before, now_ms }
  switch (message.type) {
    case 'frame': {
      const next: Model = {
        ...model,
        live: addFrame(model.live, message.frame, now_ms),
        link: { name: 'live' },
      }
      return next.held || next.travel ? [next, []] : tell(next, { type: 'frame', frame: message.frame })
    }
    case 'quiet': {
      const live = model.live && { ...model.live, heard_ms: now_ms, at_ms: message.at_ms }
      return [{ ...model, live, link: { name: 'live' } }, []]
    }
    case 'live':
      return [{ ...model, link: { name: 'live' } }, []]
    case 'lost': {
      const since_ms = model.link.name === 'lost' ? model.link.since_ms : now_ms
      return [{ ...model, link: { name: 'lost', reason: message.reason, since_ms } }, []]
    }
    case 'status': {
      let step: Step = [{ ...model, status: message.status }, []]
      for (const name of viewNames) step = then(step, (next) => tell(next, message, name))
      return step
    }
    case 'moment':
      return [model, []]
    case 'answer': {
      const { ask, answer } = message
      return ask.view === 'travel'
        ? [model, []]
        : tell(model, { type: 'answer', id: ask.id, answer }, ask.view)
    }
    case 'resize':
      return [{ ...model, columns: message.columns, rows: message.rows }, []]
    case 'mouse': {
      const row = message.mouse.row - head_rows
      if (row < 0 || row >= viewSize(model).rows) return [model, []]
      return tell(model, { type: 'mouse', mouse: { ...message.mouse, row } })
    }
    case 'key':
      return pressKey(model, message.key)
    case 'tick':
      return tell({ ...model, wall_ms: message.wall_ms }, { type: 'tick' })
  }
}

function pressKey(model: Model, key: string): Step {
  if (model.prompt) return editPrompt(model, model.prompt, key)
  const digit = viewNames[Number(key) - 1]
  if (digit !== undefined) return act(model, `view_${digit}`)
  const binding = toBinding(key, viewOf(model.place.view).keys)
  if (!binding) return [model, []]
  return binding.own || binding.forView
    ? tell(model, { type: 'action', action: binding.action })
    : act(model, binding.action)
}

const then = ([model, effects]: Step, next: (model: Model) => Step): Step => {
  const [after, more] = next(model)
  return [after, [...effects, ...more]]
}
