// The bars view as lines: the beat, the bar that is filling up, charts over the past bars, and the past bars as rows.

import { beatOf } from '../beat-strip.ts'
import { ruleLine } from '../event/event-panel.ts'
import { formatClock, formatCount } from '../format.ts'
import { type Piece, toSafeText, toSpread } from '../line.ts'
import { type Model, momentOf, pictureOf } from '../model.ts'
import type { Paint } from '../paint.ts'
import type { Size } from '../view-spec.ts'
import { barCharts } from './bar-charts.ts'
import { freshOf, windowOf } from './bar-list.ts'
import { barRow, barsHeading } from './bar-rows.ts'
import { toBarsLayout } from './bars-layout.ts'
import type { BarsState } from './bars-state.ts'
import { axisLine, placeLine, pulseLine, stripLine } from './beat-lines.ts'
import { countsLine, legendLine, statesLine } from './count-lines.ts'
import { presentBar } from './present-bar.ts'

/** Exactly `size.rows` lines. */
export function barsLines(model: Model, state: BarsState, size: Size, paint: Paint): string[] {
  const { columns, rows } = size
  const layout = toBarsLayout(size)
  const beat = beatOf(model)
  const bar = presentBar(model)
  const when = (given: number, line: () => string): string[] => (given > 0 ? [line()] : [])
  const lines = [
    ...when(layout.pulse, () => pulseLine(model, state.pulse, paint)),
    placeLine(model, bar, paint),
    stripLine(beat, columns, paint),
    ...when(layout.axis, () => (beat ? axisLine(beat.beats_per_bar, columns, paint) : '')),
    bar ? countsLine(bar, columns, paint) : '',
    ...when(layout.states, () => (bar ? statesLine(bar, columns, paint) : '')),
    ...when(layout.legend, () => (bar ? legendLine(bar, columns, paint) : '')),
    ...(layout.charts > 0 ? charts(state, { columns, rows: layout.charts }, paint) : []),
    ...when(layout.rule, () => ruleLine('past bars', '', columns, paint)),
    barsHeading(columns, paint),
    ...listLines(model, state, layout.list, columns, paint),
    edgeLine(model, state, columns, paint),
  ]
  return lines.slice(0, rows)
}

/** One value is no line. */
const bars_for_charts = 2

function charts({ list }: BarsState, size: Size, paint: Paint): string[] {
  if (list.bars.length >= bars_for_charts) return barCharts(list.bars, size, paint)
  return Array<string>(size.rows).fill('')
}

function listLines(model: Model, state: BarsState, height: number, columns: number, paint: Paint): string[] {
  const { list, revised } = state
  const { from, to } = windowOf(list, height)
  const lines = list.bars.slice(from, to).map((bar) =>
    barRow(bar, {
      width: columns,
      selected: !list.following && bar.window_id === list.selected,
      revised: revised.some(({ window_id }) => window_id === bar.window_id),
      paint,
    }),
  )
  if (lines.length === 0) lines.push(...emptyLines(model, state, columns, paint))
  while (lines.length < height) lines.push('')
  return lines.slice(0, height)
}

/** Why there is no row: nothing is known yet, nobody claims, or the first bar is not over. */
function emptyLines(model: Model, state: BarsState, columns: number, paint: Paint): string[] {
  const say = (text: string): string[] => [toSpread([[`  ${text}`, paint.dim]], [], columns)]
  if (state.error !== null) return []
  if (!state.answered) return say('asking the archive …')
  if (model.travel) return say('no report had been issued by then')
  const bar = presentBar(model)
  if (!pictureOf(model)?.frame.bars?.length)
    return say('no claims yet: they come with POST /ingest/claim, beacon claim, or beacon sim --claims')
  return say(bar ? 'the first bar is still running: its report comes at the downbeat' : 'no report yet')
}

function edgeLine(model: Model, state: BarsState, columns: number, paint: Paint): string {
  const { list, error, asked } = state
  const fresh = freshOf(list)
  const left: Piece[] = []
  if (model.travel) left.push([` up to ${formatClock(momentOf(model.travel))}`, paint.accent])
  else if (fresh > 0) left.push([` ${formatCount(fresh)} new `, paint.inverse], [' G follows', paint.dim])
  else if (!list.following) left.push([' nothing new', paint.dim], ['  G follows', paint.dim])
  else left.push([model.held ? ' paused' : ' following', model.held ? paint.warn : paint.good])
  if (error !== null) left.push([`   no reports: ${toSafeText(error)}`, paint.warn])
  return toSpread(left, [[asked === null ? ' ' : ' asking the archive … ', paint.dim]], columns)
}
