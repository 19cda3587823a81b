// The feed: events as they come.

import { formatClock } from '../format.ts'
import { fitLeft, type Piece, toLine, toSafeText } from '../line.ts'
import { pictureOf } from '../model.ts'
import { statusSign } from '../paint.ts'
import type { ViewSpec } from '../view-spec.ts'

export const feedView: ViewSpec<'feed'> = {
  name: 'feed',
  title: 'feed',
  help: 'events as they come; scroll up to stop following',
  keys: [],
  query: (_model, _state, { rows }) => ({ limit: 0, newest: Math.min(200, rows) }),
  lines(model, _state, { rows, columns }, paint) {
    const lines = (pictureOf(model)?.newest ?? []).slice(0, rows).map((event) => {
      const { sign, paint: statusPaint } = statusSign(event.status, paint)
      const pieces: Piece[] = [
        [`  ${formatClock(event.received_at_ms)}  `, paint.dim],
        [`${fitLeft(toSafeText(event.agent), 22)}  `],
        [fitLeft(`${sign} ${toSafeText(event.status)}`, 13), statusPaint],
        [`  ${toSafeText(event.text)}`],
      ]
      return toLine(pieces, columns)
    })
    while (lines.length < rows) lines.push('')
    return lines
  },
  update: (_model, state) => [state, []],
}
