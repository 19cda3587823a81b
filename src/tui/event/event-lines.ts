// Events as lines, one each: the window of a list on the screen, with the gaps between what it holds.

import type { NewestRow } from '../../core/view.ts'
import { formatClock, formatCount } from '../format.ts'
import { fitLeft, fitRight, type Painter, type Piece, toLine, toSafeText, toSpread } from '../line.ts'
import { type Paint, statusSign } from '../paint.ts'
import { type EventList, windowOf } from './event-list.ts'
import { type Gap, isGap, keyOf } from './event-log.ts'

export type EventLook = {
  columns: number
  paint: Paint
  /** False where all are of one agent. */
  agents: boolean
  /** What was searched for: highlighted, with the `g` flag. */
  pattern?: RegExp | undefined
  /** Key of the gap whose events are on their way. */
  loading?: number | undefined
}

/** Exactly `height` lines; a list that is not full stands at the top. */
export function eventLines(list: EventList, height: number, look: EventLook): string[] {
  const { items, from, to } = windowOf(list, height)
  const layout = toLayout(look)
  const lines = items.slice(from, to).map((item) => {
    const selected = !list.following && keyOf(item) === list.selected
    return isGap(item) ? gapLine(item, selected, look) : eventLine(item, selected, layout, look)
  })
  while (lines.length < height) lines.push('')
  return lines
}

export function eventHeading(look: EventLook): string {
  const { clock, seq, agent, status } = toLayout(look)
  let text = `  ${fitLeft('TIME', clock)}`
  if (seq > 0) text += ` ${fitRight('EVENT', seq)}`
  if (agent > 0) text += `  ${fitLeft('AGENT', agent)}`
  text += `  ${fitLeft('STATUS', status)}`
  return toLine([[`${text}  WHAT`, look.paint.dim]], look.columns)
}

type Layout = { clock: number; seq: number; agent: number; status: number }

/** Cells of each column; 0 leaves it out. */
function toLayout({ columns, agents }: EventLook): Layout {
  if (!agents) {
    if (columns >= 88) return { clock: 12, seq: 10, agent: 0, status: 11 }
    return { clock: 8, seq: 0, agent: 0, status: 13 }
  }
  if (columns >= 140) return { clock: 12, seq: 10, agent: 19, status: 11 }
  if (columns >= 100) return { clock: 12, seq: 0, agent: 20, status: 13 }
  return { clock: 8, seq: 0, agent: 16, status: 11 }
}

function eventLine(row: NewestRow, selected: boolean, layout: Layout, look: EventLook): string {
  const { paint, columns } = look
  const { sign, paint: statusPaint } = statusSign(row.status, paint)
  const rest = selected ? paint.bold : undefined
  const kind = row.kind === 'state' ? '' : row.kind
  const clock = formatClock(row.received_at_ms).slice(0, layout.clock)
  const pieces: Piece[] = [
    selected ? [`${paint.glyphs.selected} `, paint.accent] : ['  '],
    [clock, selected ? rest : paint.dim],
  ]
  if (layout.seq > 0) pieces.push([` ${fitRight(`#${row.seq}`, layout.seq)}`, selected ? rest : paint.dim])
  if (layout.agent > 0)
    pieces.push(['  '], ...highlight(fitLeft(toSafeText(row.agent), layout.agent), rest, look))
  pieces.push(
    ['  '],
    ...highlight(fitLeft(`${sign} ${toSafeText(row.status)}`, layout.status), statusPaint, look),
  )
  pieces.push(['  '])
  if (kind !== '') pieces.push(...highlight(kind, paint.dim, look), ['  '])
  pieces.push(...highlight(toSafeText(row.text), rest, look))
  return toLine(pieces, columns)
}

/** `┈ 812 not shown ┈` */
function gapLine({ from_seq, to_seq, count }: Gap, selected: boolean, look: EventLook): string {
  const { paint, columns, loading } = look
  const span = to_seq - from_seq + 1
  const many = count === null ? `up to ${formatCount(span)}` : formatCount(count)
  const mark = paint.ascii ? '...' : '⋯'
  const said = loading === from_seq ? 'asking for them' : selected ? 'enter loads them' : ''
  return toSpread(
    [
      selected ? [`${paint.glyphs.selected} `, paint.accent] : ['  '],
      [`${mark} ${many} not shown`, selected ? paint.bold : paint.dim],
      [said === '' ? '' : `  ${said}`, paint.accent],
    ],
    [],
    columns,
  )
}

/** The text with what was searched for standing out. */
function highlight(text: string, painter: Painter | undefined, { pattern, paint }: EventLook): Piece[] {
  if (!pattern) return [[text, painter]]
  const pieces: Piece[] = []
  let at = 0
  for (const found of text.matchAll(pattern)) {
    if (found[0] === '') continue
    pieces.push([text.slice(at, found.index), painter], [found[0], paint.match])
    at = found.index + found[0].length
  }
  pieces.push([text.slice(at), painter])
  return pieces
}
