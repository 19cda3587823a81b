// From one model to the next: everything that can happen to the screen, without doing any of it.

import { act } from './act.ts'
import { scrollHelp } from './help.ts'
import { toAction } from './keys.ts'
import { scrubberRow, toArea } from './layout.ts'
import { editLine } from './line-editor.ts'
import type { Effect, Message, Model } from './model.ts'
import { takeDraftAnswer } from './order/draft-steps.ts'
import { addFrame } from './picture.ts'
import { editPrompt, pasteIntoPrompt } from './prompt.ts'
import { toWanted } from './query.ts'
import { tabAt } from './tabs.ts'
import { tell } from './tell.ts'
import { actInTravel, pickCell, showMoment, takeRange, tickTravel, travelTo } from './travel.ts'
import { viewNames, viewOf } from './views.ts'

export type Step = readonly [model: Model, effects: Effect[]]

/** How long frames come through a pause after something else is looked at: until the aggregator has heard of it. */
const thaw_ms = 500

export function update(before: Model, message: Message, now_ms: number): Step {
  const step = leave(take({ ...before, now_ms }, message))
  const [model, effects] = step
  if (!model.held || JSON.stringify(toWanted(model)) === JSON.stringify(toWanted(before))) return step
  return [{ ...model, thaw_ms: now_ms + thaw_ms }, effects]
}

/** Carries out what a view asked for: to show a moment. */
function leave([model, effects]: Step): Step {
  const asked = effects.find((effect) => effect.type === 'travel')
  if (!asked) return [model, effects]
  const [next, more] = travelTo(model, asked.moment)
  return [next, [...effects.filter((effect) => effect !== asked), ...more]]
}

function take(model: Model, message: Message): Step {
  const { travel, now_ms } = model
  switch (message.type) {
    case 'start':
      return message.moment ? travelTo(model, message.moment) : tell(model, { type: 'entered' })
    case 'frame':
      return takeFrame(model, message.frame)
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
    case 'beat':
      return [{ ...model, beat: message.beat }, []]
    case 'bar':
      // A picture that is held still, and the past, get no new rows.
      return model.held || travel ? [model, []] : tell(model, message, 'bars')
    case 'orders':
      return model.place.view === 'control' ? tell(model, message) : [model, []]
    case 'moment':
      return travel ? showMoment(model, travel, message.target, message.answer) : [model, []]
    case 'answer': {
      const { ask, answer } = message
      if (ask.view === 'order') return takeDraftAnswer(model, ask.id, answer)
      if (ask.view !== 'travel') return tell(model, { type: 'answer', id: ask.id, answer }, ask.view)
      return travel ? takeRange(model, travel, ask.id, answer) : [model, []]
    }
    case 'resize':
      return [{ ...model, columns: message.columns, rows: message.rows }, []]
    case 'mouse':
      return pressMouse(model, message.mouse)
    case 'key':
      return pressKey(model, message.key)
    case 'paste':
      return model.prompt ? pasteIntoPrompt(model, model.prompt, message.text) : [model, []]
    case 'tick': {
      const [next, effects] = tell({ ...model, wall_ms: message.wall_ms }, { type: 'tick' })
      return [next, travel ? [...effects, ...tickTravel(next, travel)] : effects]
    }
  }
}

function takeFrame(model: Model, frame: Extract<Message, { type: 'frame' }>['frame']): Step {
  const live = addFrame(model.live, frame, model.now_ms)
  const next: Model = { ...model, live, link: { name: 'live' } }
  // Meanwhile the aggregator is asked for next to nothing: what was on the screen before stays for the way back.
  if (model.travel) return [{ ...next, live: { ...live, frame: model.live?.frame ?? frame } }, []]
  if (!model.held) return tell(next, { type: 'frame', frame })
  return [model.now_ms < model.thaw_ms ? { ...next, held: live, held_ms: model.now_ms } : next, []]
}

function pressKey(model: Model, key: string): Step {
  const { prompt } = model
  // What came together, since we were busy, is escape and a key, unless the line being typed knows better.
  if (key.startsWith('alt-') && !(prompt && editLine(prompt, key)))
    return then(pressKey(model, 'escape'), (next) => pressKey(next, key.slice('alt-'.length)))
  if (prompt) return editPrompt(model, prompt, key)
  if (model.help !== null && key !== 'ctrl-c')
    return [{ ...model, help: scrollHelp(model, model.help, key) }, []]
  const digit = viewNames[Number(key) - 1]
  if (digit !== undefined) return act(model, `view_${digit}`)
  const found = toAction(key, viewOf(model.place.view).keys, model.travel !== null)
  if (!found) return [model, []]
  if (found.by === 'view') return tell(model, { type: 'action', action: found.action })
  const isStep = found.by === 'travel' && found.action !== 'travel' && found.action !== 'at'
  return isStep && model.travel ? actInTravel(model, model.travel, found.action) : act(model, found.action)
}

function pressMouse(model: Model, mouse: Extract<Message, { type: 'mouse' }>['mouse']): Step {
  const area = toArea(model, mouse.row)
  if (model.prompt) return [model, []]
  if (model.help !== null) {
    const key = mouse.kind === 'click' ? 'escape' : mouse.kind
    return [{ ...model, help: scrollHelp(model, model.help, key) }, []]
  }
  if (area.name === 'view') return tell(model, { type: 'mouse', mouse: { ...mouse, row: area.row } })
  if (mouse.kind !== 'click') return [model, []]
  if (area.name === 'tabs') {
    const view = tabAt(model, mouse.column)
    return view ? act(model, `view_${view}`) : [model, []]
  }
  if (area.name === 'scrubber' && area.row >= scrubberRow && model.travel)
    return pickCell(model, model.travel, mouse.column - 1)
  return [model, []]
}

const then = ([model, effects]: Step, next: (model: Model) => Step): Step => {
  const [after, more] = next(model)
  return [after, [...effects, ...more]]
}
