// Charts: throughput, latency and agents by status over time.

import { sparkline } from '../format.ts'
import { toLine } from '../line.ts'
import { pictureOf } from '../model.ts'
import type { ViewSpec } from '../view-spec.ts'

export const chartsView: ViewSpec<'charts'> = {
  name: 'charts',
  title: 'charts',
  help: 'throughput, latency and agents by status over time',
  keys: [],
  query: () => ({ limit: 0, newest: 0, series: true }),
  lines(model, _state, { rows, columns }, paint) {
    const series = pictureOf(model)?.frame.series
    const lines = series
      ? [toLine([['  events/s '], [sparkline(series.events, columns - 12), paint.accent]], columns)]
      : []
    while (lines.length < rows) lines.push('')
    return lines
  },
  update: (_model, state) => [state, []],
}
