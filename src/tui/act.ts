// The common actions: what a key or a word of the palette does, in whatever view.

import type { Effect, Model } from './model.ts'
import { themeNames } from './paint.ts'
import { openPrompt } from './prompt.ts'
import { open, tell } from './tell.ts'
import type { ViewName } from './view-names.ts'
import { viewOf } from './views.ts'

export function act(model: Model, action: string): readonly [Model, Effect[]] {
  if (action.startsWith('view_')) {
    const view = action.slice('view_'.length) as ViewName
    return view === model.place.view ? [model, []] : open(model, { view })
  }
  switch (action) {
    case 'quit':
      return [model, [{ type: 'quit' }]]
    case 'suspend':
      return [model, [{ type: 'suspend' }]]
    case 'help':
      return [{ ...model, help: !model.help }, []]
    case 'back':
      return back(model)
    case 'pause':
      return [{ ...model, held: model.held ? null : model.live, held_ms: model.now_ms }, []]
    case 'filter':
      return [openPrompt(model, 'filter', model.place.where), []]
    case 'command':
      return [openPrompt(model, 'command', ''), []]
    case 'search':
      return viewOf(model.place.view).searches ? [openPrompt(model, 'search', ''), []] : [model, []]
    case 'mark':
      return [mark(model), []]
    case 'unmark':
      return [{ ...model, marks: new Set() }, []]
    case 'copy': {
      const ids = model.marks.size > 0 ? [...model.marks] : [selectedAgent(model)].filter((id) => id !== null)
      return [model, ids.length === 0 ? [] : [{ type: 'copy', text: ids.join('\n') }]]
    }
    case 'theme': {
      const at = themeNames.indexOf(model.memory.theme)
      return remember(model, { theme: themeNames[(at + 1) % themeNames.length] ?? 'dark' })
    }
    case 'mouse': {
      const [next, effects] = remember(model, { mouse: !model.memory.mouse })
      return [next, [...effects, { type: 'mouse', on: next.memory.mouse }]]
    }
    default:
      return [model, []]
  }
}

function back(model: Model): readonly [Model, Effect[]] {
  if (model.help) return [{ ...model, help: false }, []]
  const [place, ...trail] = model.trail
  return place ? tell({ ...model, place, trail }, { type: 'entered' }) : [model, []]
}

function mark(model: Model): Model {
  const id = selectedAgent(model)
  if (id === null) return model
  const marks = new Set(model.marks)
  if (!marks.delete(id)) marks.add(id)
  return { ...model, marks }
}

export function selectedAgent(model: Model): string | null {
  const { view } = model.place
  return viewOf(view).selected?.(model, model.views[view]) ?? null
}

export function remember(model: Model, changes: Partial<Model['memory']>): readonly [Model, Effect[]] {
  const memory = { ...model.memory, ...changes }
  return [{ ...model, memory }, [{ type: 'remember', memory }]]
}
