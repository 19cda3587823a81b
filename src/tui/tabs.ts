// The second line: where the operator is, the views with their keys, and what the view says about itself.

import { viewSize } from './layout.ts'
import { type Piece, toSafeText, toSpread } from './line.ts'
import type { Model, Place } from './model.ts'
import type { Paint } from './paint.ts'
import { viewNames, viewOf } from './views.ts'

export function viewTabs(model: Model, paint: Paint): string {
  const { place, views } = model
  const tabs = viewNames.flatMap((name, i): Piece[] => [
    [` ${i + 1}`, paint.dim],
    [` ${viewOf(name).title} `, name === place.view ? paint.inverse : undefined],
  ])
  const note = viewOf(place.view).note?.(model, views[place.view], viewSize(model)) ?? ''
  return toSpread(tabs, [[`${crumbOf(place)}  ${note} `, paint.dim]], model.columns)
}

const crumbOf = ({ agent, where, view }: Place): string => {
  const parts = [where, view === 'agent' && agent !== null ? agent : ''].filter((part) => part !== '')
  return toSafeText(parts.join(' › '))
}
