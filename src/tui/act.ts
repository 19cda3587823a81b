// The common actions: what a key or a word of the palette does, in whatever view.

import { formatCount } from './format.ts'
import type { Effect, Model } from './model.ts'
import { openPrompt } from './open-prompt.ts'
import { beginDraft } from './order/draft-steps.ts'
import { goTo, open, tell, withNotice } from './tell.ts'
import { type ThemeName, themeNames } from './themes.ts'
import { startTravel, stopTravel } from './travel.ts'
import type { ViewName } from './view-names.ts'
import { viewOf } from './views.ts'

type Step = readonly [model: Model, effects: Effect[]]

export function act(model: Model, action: string): Step {
  if (action.startsWith('view_')) return openView(model, action.slice('view_'.length) as ViewName)
  switch (action) {
    case 'quit':
      return [model, [{ type: 'quit' }]]
    case 'suspend':
      return [model, [{ type: 'suspend' }]]
    case 'help':
      return [{ ...model, help: 0 }, []]
    case 'back':
      return back(model)
    case 'pause':
      return [pause(model), []]
    case 'kill_agents':
      return beginDraft(model, 'terminate', chosenAgents(model))
    case 'pause_agents':
      return beginDraft(model, 'pause', chosenAgents(model))
    case 'resume_agents':
      return beginDraft(model, 'resume', chosenAgents(model))
    case 'filter':
      return [
        viewOf(model.place.view).filters === false
          ? withNotice(model, `nothing to filter in ${model.place.view}: filter in fleet (1) or feed (2)`)
          : openPrompt(model, 'filter'),
        [],
      ]
    case 'command':
      return [openPrompt(model, 'command'), []]
    case 'search':
      return [
        viewOf(model.place.view).searches
          ? openPrompt(model, 'search')
          : withNotice(model, `no search in ${model.place.view}: / filters`),
        [],
      ]
    case 'at':
      return [openPrompt(model, 'time'), []]
    case 'travel':
      return model.travel ? stopTravel(model) : startTravel(model)
    case 'mark':
      return [mark(model), []]
    case 'unmark':
      return [{ ...model, marks: new Set() }, []]
    case 'copy':
      return copy(model)
    case 'theme':
      return setTheme(
        model,
        themeNames[(themeNames.indexOf(model.memory.theme) + 1) % themeNames.length] ?? 'dark',
      )
    case 'mouse':
      return setMouse(model, !model.memory.mouse)
    default:
      return [model, []]
  }
}

export function setTheme(model: Model, theme: ThemeName): Step {
  if (!model.color) return [withNotice(model, 'NO_COLOR is set: the theme is mono'), []]
  return remember(withNotice(model, `theme ${theme}`), { theme })
}

export function setMouse(model: Model, on: boolean): Step {
  const says = on ? 'mouse on: click and wheel' : 'mouse off: the terminal selects text again'
  const [next, effects] = remember(withNotice(model, says), { mouse: on })
  return [next, [...effects, { type: 'mouse', on }]]
}

export function remember(model: Model, changes: Partial<Model['memory']>): Step {
  const memory = { ...model.memory, ...changes }
  return [{ ...model, memory }, [{ type: 'remember', memory }]]
}

export function selectedAgent(model: Model): string | null {
  const { view } = model.place
  return viewOf(view).selected?.(model, model.views[view]) ?? null
}

/** The marked agents, and without marks the selected one. */
const chosenAgents = (model: Model): string[] =>
  model.marks.size > 0 ? [...model.marks] : [selectedAgent(model)].filter((id) => id !== null)

function openView(model: Model, view: ViewName): Step {
  if (view === model.place.view) return [model, []]
  // The agent view shows the agent under the cursor, and else the one that it showed before.
  const agent = view === 'agent' ? (selectedAgent(model) ?? model.place.agent) : model.place.agent
  return open(model, { view, agent, window: null, command: null })
}

/** What is open in the view closes first; then through the breadcrumbs, and from those of the past to the present. */
function back(model: Model): Step {
  const closed = tell(model, { type: 'action', action: 'back' })
  if (closed[0] !== model || closed[1].length > 0) return closed
  const [place, ...trail] = model.trail
  if (model.travel && model.trail.length <= model.travel.trail) return stopTravel(model)
  return place ? goTo(model, place, trail) : [model, []]
}

function pause(model: Model): Model {
  if (model.travel) return withNotice(model, 'the past stands still by itself: t comes back to the present')
  return {
    ...model,
    held: model.held ? null : model.live,
    held_ms: model.now_ms,
    held_beat: model.beat,
  }
}

function mark(model: Model): Model {
  const id = selectedAgent(model)
  if (id === null) return model
  const marks = new Set(model.marks)
  if (!marks.delete(id)) marks.add(id)
  return { ...model, marks }
}

function copy(model: Model): Step {
  const ids = chosenAgents(model)
  if (ids.length === 0) return [withNotice(model, 'nothing is selected'), []]
  const says = ids.length === 1 ? `copied ${ids[0]}` : `copied ${formatCount(ids.length)} ids`
  return [withNotice(model, says), [{ type: 'copy', text: ids.join('\n') }]]
}
