// The second line: the views with their keys, where the operator is, and what the view says about itself.

import { viewSize } from './layout.ts'
import { type Piece, toSafeText, toSpread, widthOf } from './line.ts'
import type { Model } from './model.ts'
import type { Paint } from './paint.ts'
import type { ViewName } from './view-names.ts'
import { viewNames, viewOf } from './views.ts'

export function viewTabs(model: Model, paint: Paint): string {
  const place = placeOf(model, paint)
  const tabs = tabsOf(model, paint)
  return toSpread(
    tabs.flatMap(({ pieces }) => pieces),
    place,
    model.columns,
  )
}

/** The view whose tab stands at that column. */
export function tabAt(model: Model, column: number): ViewName | undefined {
  let end = 0
  for (const { name, pieces } of tabsOf(model)) {
    end += widthOf(pieces)
    if (column < end) return name
  }
  return undefined
}

type Tab = { name: ViewName; pieces: Piece[] }

/** With all titles where there is room, else only that of the view on the screen. */
function tabsOf(model: Model, paint?: Paint): Tab[] {
  const tabs = (short: boolean): Tab[] =>
    viewNames.map((name, i) => {
      const open = name === model.place.view
      const title = short && !open ? '' : ` ${viewOf(name).title} `
      return {
        name,
        pieces: [
          [` ${i + 1}`, paint?.dim],
          [title, open ? paint?.inverse : undefined],
        ],
      }
    })
  const long = tabs(false)
  const width = widthOf(long.flatMap(({ pieces }) => pieces))
  return width + widthOf(placeOf(model)) < model.columns ? long : tabs(true)
}

/** `fleet › role:coder › agent-00012   1–20 of 50,000` */
function placeOf(model: Model, paint?: Paint): Piece[] {
  const { place, views, marks, trail } = model
  const note = viewOf(place.view).note?.(model, views[place.view], viewSize(model)) ?? ''
  const from = place.view === 'agent' ? trail.find(({ view }) => view !== 'agent')?.view : place.view
  const crumbs = [
    from === undefined ? '' : viewOf(from).title,
    toSafeText(place.where),
    place.view === 'agent' && place.agent !== null ? toSafeText(place.agent) : '',
    viewOf(place.view).crumb?.(model, views[place.view]) ?? '',
  ].filter((crumb) => crumb !== '')
  // A view alone is named by its tab.
  const path: Piece[] = crumbs.length < 2 ? [] : [[crumbs.join(' › '), paint?.accent], ['  ']]
  const marked: Piece[] = marks.size === 0 ? [] : [[`${marks.size} marked  `, paint?.bold]]
  return [...marked, ...path, [`${toSafeText(note)} `, paint?.dim]]
}
