// The first line: what this is, whether it is true right now, and the totals.

import { formatAge, formatCount } from './format.ts'
import { type Piece, toLine, toSafeText, toSpread } from './line.ts'
import { type Model, pictureOf } from './model.ts'
import { type Paint, statusSign } from './paint.ts'

export function viewHeader(model: Model, paint: Paint): string {
  const picture = pictureOf(model)
  const profile = model.status?.profile ?? '—'
  const left: Piece[] = [[' beacon ', paint.bold], [` ${profile}  `, paint.dim], badge(model, paint)]
  if (!picture) return toLine(left, model.columns)
  const { totals } = picture.frame
  // What was true before the connection broke is not the rate now.
  const rate: Piece[] =
    model.link.name === 'live'
      ? [[`${formatCount(totals.rate_1s)} ev/s `, paint.bold]]
      : [['— ev/s ', paint.dim]]
  left.push([`   ${formatCount(totals.agents)} ${totals.agents === 1 ? 'agent' : 'agents'}`, paint.bold])
  const others = totals.other_statuses === 0 ? [] : [['others', totals.other_statuses] as const]
  const narrow = model.columns < 100
  const cells = narrow ? 0 : formatCount(totals.agents).length
  for (const [status, count] of [...totals.by_status.toSorted(byAttention), ...others]) {
    const { sign, paint: statusPaint } = statusSign(status, paint)
    const name = narrow ? '' : ` ${toSafeText(status)}`
    left.push([`  ${sign} ${formatCount(count).padStart(cells)}${name}`, statusPaint])
  }
  return toSpread(fitPieces(left, model.columns - rate_cells), rate, model.columns)
}

/** Room for `100,000 ev/s`. */
const rate_cells = 16

/** What may need a person comes first, and stays in its place while the counts change. */
const attention = ['error', 'failed', 'waiting', 'paused', 'running', 'idle', 'completed']
function byAttention([a]: [string, number], [b]: [string, number]): number {
  const rank = (status: string): number => {
    const at = attention.indexOf(status)
    return at < 0 ? attention.length : at
  }
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

/** Whole pieces only: half a number would be a wrong number. */
function fitPieces(pieces: Piece[], cells: number): Piece[] {
  const kept: Piece[] = []
  let used = 0
  for (const piece of pieces) {
    used += piece[0].length
    if (used > cells) break
    kept.push(piece)
  }
  return kept
}

function badge(model: Model, paint: Paint): Piece {
  const { link } = model
  switch (link.name) {
    case 'connecting':
      return ['○ CONNECTING', paint.warn]
    case 'lost':
      return [`○ RECONNECTING ${formatAge(model.now_ms - link.since_ms)}`, paint.bad]
    case 'live':
      if (model.held) return [`‖ PAUSED ${formatAge(model.now_ms - model.held_ms)}`, paint.warn]
      return liveBadge(pictureOf(model)?.frame.lag.ms ?? 0, paint)
  }
}

/** An aggregator that has just started folds the past first: live, but not yet the present. */
const liveBadge = (lag_ms: number, paint: Paint): Piece =>
  lag_ms < behind_ms ? ['● LIVE', paint.good] : [`◐ BEHIND ${formatAge(lag_ms)}`, paint.warn]
const behind_ms = 2_000
