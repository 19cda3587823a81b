// The newest events, the newest at the top, and how many went by too fast to be shown.

import { formatClock, formatCount } from './format.ts'
import { fitLeft, type Piece, toLine, toRule, toSafeText } from './line.ts'
import type { Model, Picture } from './model.ts'
import { type Paint, statusSign } from './paint.ts'

/** A rule and exactly `height` lines. */
export function viewNewest(model: Model, picture: Picture | null, height: number, paint: Paint): string[] {
  const skipped = picture?.skipped ?? 0
  const note = skipped === 0 ? '' : `${formatCount(skipped)} more went by`
  const lines = [toRule('newest events', note, model.columns, paint.dim, paint.bold)]
  for (const event of picture?.newest.slice(0, height) ?? []) {
    const { sign, paint: statusPaint } = statusSign(event.status, paint)
    const wide = model.columns >= 100
    const kind = event.kind === 'state' ? '' : `${event.kind}  `
    const pieces: Piece[] = [
      [`  ${formatClock(event.received_at_ms)}  `, paint.dim],
      [`${fitLeft(toSafeText(event.agent), wide ? 22 : 16)}  `],
      [fitLeft(`${sign} ${toSafeText(event.status)}`, wide ? 13 : 11), statusPaint],
      [`  ${kind}${toSafeText(event.text)}`],
    ]
    lines.push(toLine(pieces, model.columns))
  }
  while (lines.length < height + 1) lines.push('')
  return lines
}
