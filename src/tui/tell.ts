// Gives a message to a view, and carries out what the view asks of the root.

import { viewSize } from './layout.ts'
import type { Effect, Model, Picture, Place } from './model.ts'
import type { ViewName } from './view-names.ts'
import type { ViewMessage } from './view-spec.ts'
import { viewOf } from './views.ts'

const notice_ms = 4_000
const trail_max = 50

/** To the view on the screen unless another one is named. */
export function tell(
  model: Model,
  message: ViewMessage,
  name: ViewName = model.place.view,
): readonly [Model, Effect[]] {
  const [state, effects] = viewOf(name).update(model, model.views[name], message, viewSize(model))
  let next: Model =
    state === model.views[name] ? model : { ...model, views: { ...model.views, [name]: state } }
  const rest: Effect[] = []
  for (const effect of effects) {
    if (effect.type === 'open') {
      const [opened, more] = open(next, effect.place)
      next = opened
      rest.push(...more)
    } else if (effect.type === 'notice') next = withNotice(next, effect.text, effect.bad)
    else rest.push(effect)
  }
  return [next, rest]
}

/** Goes to a place; esc comes back. */
export function open(model: Model, to: Partial<Place>): readonly [Model, Effect[]] {
  const trail = [model.place, ...model.trail].slice(0, trail_max)
  return goTo(model, { ...model.place, ...to }, trail)
}

/** Goes to a place with these breadcrumbs behind it. */
export function goTo(model: Model, place: Place, trail: Place[]): readonly [Model, Effect[]] {
  const next = { ...model, place, trail }
  if (place.view === model.place.view) return tell(next, { type: 'entered' })
  const { live, held, travel } = model
  // The rows that are there were asked for by another view: a key pressed right now must not choose one of them.
  return tell(
    {
      ...next,
      live: live && withoutRows(live),
      held: held && withoutRows(held),
      travel: travel && { ...travel, shown: travel.shown && withoutRows(travel.shown) },
    },
    { type: 'entered' },
  )
}

const withoutRows = <P extends Picture>(picture: P): P => ({
  ...picture,
  frame: { ...picture.frame, rows: [], pinned: null, groups: null, heatmap: null, cell_agent: null },
})

export const withNotice = (model: Model, text: string, bad = false): Model => ({
  ...model,
  notice: { text, bad, until_ms: model.now_ms + notice_ms },
})
