// The feed as lines: a heading, the events, the panel of one of them, and what is not shown at the edge.

import { eventHeading, eventLines } from '../event/event-lines.ts'
import type { currentEvent } from '../event/event-list.ts'
import { countLog, indexOfKey, isGap } from '../event/event-log.ts'
import { panelLines, panelRows } from '../event/event-panel.ts'
import { countMatches } from '../event/event-search.ts'
import { formatClock, formatCount } from '../format.ts'
import { type Piece, toSafeText, toSpread } from '../line.ts'
import type { Model } from '../model.ts'
import type { Paint } from '../paint.ts'
import type { Size } from '../view-spec.ts'
import { toFeedFilter } from './feed-filter.ts'
import type { FeedState } from './feed-state.ts'

/** Rows above the events, and below them. */
export const heads = 1
export const feet = 1

/** Exactly `size.rows` lines. */
export function feedLines(model: Model, state: FeedState, size: Size, paint: Paint): string[] {
  const { browser, search } = state
  const { list, load } = browser.reader
  const { columns, rows } = size
  const look = { columns, paint, agents: true, pattern: search?.pattern, loading: load?.request.from_seq }
  const panel = browser.panel
  const below = panel ? panelLines(panel, rowOf(state, panel.seq), size, paint) : []
  const lines = [
    eventHeading(look),
    ...eventLines(list, Math.max(0, rows - heads - feet - panelRows(panel, size)), look),
    ...below,
    edgeLine(model, state, columns, paint),
  ]
  return lines.slice(-rows)
}

/** `10,000 held` */
export const feedNote = ({ browser }: FeedState): string => {
  const { held } = countLog(browser.reader.list.log)
  return held === 0 ? '' : `${formatCount(held)} held`
}

function rowOf({ browser }: FeedState, seq: number): ReturnType<typeof currentEvent> {
  const { items } = browser.reader.list.log
  const item = items[indexOfKey(items, seq)]
  return item && !isGap(item) && item.seq === seq ? item : null
}

/** What is below the edge, what was passed over, and what is looked for. */
function edgeLine(model: Model, state: FeedState, columns: number, paint: Paint): string {
  const { reader } = state.browser
  return toSpread(
    [...placePieces(model, state, paint), ...problemPieces(model, state, paint)],
    [...searchPieces(state, paint), [reader.load ? ' asking the archive … ' : ' ', paint.dim]],
    columns,
  )
}

function placePieces({ travel, held }: Model, { browser }: FeedState, paint: Paint): Piece[] {
  const { list, unseen } = browser.reader
  const pieces: Piece[] = []
  if (travel)
    pieces.push([travel.shown ? ` up to ${formatClock(travel.shown.at_ms)}` : ' the past', paint.accent])
  else if (list.fresh > 0)
    pieces.push([` ${formatCount(list.fresh)} new `, paint.inverse], [' G follows', paint.dim])
  else if (!list.following) pieces.push([' nothing new', paint.dim], ['  G follows', paint.dim])
  else pieces.push([held ? ' paused' : ' following', held ? paint.warn : paint.good])
  if (unseen > 0) pieces.push([`   ${formatCount(unseen)} went by unseen`])
  return pieces
}

function problemPieces({ place }: Model, { browser }: FeedState, paint: Paint): Piece[] {
  const { refusal } = toFeedFilter(place.where)
  if (refusal !== null) return [[`   ${toSafeText(refusal)}`, paint.warn]]
  const { error } = browser.reader
  return error === null ? [] : [[`   no older events: ${toSafeText(error)}`, paint.warn]]
}

function searchPieces({ search, seek, browser }: FeedState, paint: Paint): Piece[] {
  const { items } = browser.reader.list.log
  const pieces: Piece[] = []
  if (seek && !seek.resting) {
    const side = seek.direction > 0 ? 'up to' : 'back to'
    pieces.push([` looking for the ${seek.by}, ${side} #${formatCount(seek.at)} `, paint.accent])
  }
  if (search) {
    const count = countMatches(search, items)
    pieces.push([` ${formatCount(count)} ${count === 1 ? 'match' : 'matches'} of `])
    pieces.push([toSafeText(search.text), paint.match], ['  N n', paint.bold])
  }
  return pieces
}
