// The bars: the beat, the bar that is filling up, and the reports of those before.

import { barNumber } from '../bar-words.ts'
import { formatCount } from '../format.ts'
import type { ViewSpec } from '../view-spec.ts'
import { barOf } from './bars-acts.ts'
import { barsKeys } from './bars-keys.ts'
import { barsLines } from './bars-lines.ts'
import { updateBars } from './bars-update.ts'
import { reportLines } from './report-lines.ts'

export const barsView: ViewSpec<'bars'> = {
  name: 'bars',
  title: 'bars',
  help: 'the beat, the bar that is filling up, and the reports of those before',
  filters: false,
  beats: true,
  keys: barsKeys,
  query: () => ({ limit: 0, newest: 0, bars: true }),
  lines: (model, state, size, paint) =>
    model.place.window === null
      ? barsLines(model, state, size, paint)
      : reportLines(model, state, size, paint),
  update: updateBars,
  crumb(model, state) {
    if (model.place.window === null) return null
    const bar = barOf(model, state)
    return bar ? `bar ${formatCount(barNumber(bar))}` : 'report'
  },
  note(_model, { list }) {
    const { bars, more } = list
    return bars.length === 0 ? '' : `${formatCount(bars.length)}${more ? '+' : ''} bars`
  },
}
