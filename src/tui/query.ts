// What the screen wants from whoever gives the frames: the view's query, with the filter.

import type { FleetQuery } from '../core/view.ts'
import { viewSize } from './layout.ts'
import type { Model, Travel } from './model.ts'
import { viewOf } from './views.ts'

export type Wanted = {
  query: Partial<FleetQuery>
  /** Null for the present. */
  moment: Travel['target'] | null
}

export function toWanted(model: Model): Wanted {
  const { place, views, travel } = model
  const query = viewOf(place.view).query(model, views[place.view], viewSize(model))
  return {
    query: {
      view: 'fleet',
      ...query,
      // Which bar it was is shown in every view of the past.
      ...(travel ? { bars: true } : {}),
      ...(place.where === '' ? {} : { where: place.where }),
    },
    moment: travel?.target ?? null,
  }
}
