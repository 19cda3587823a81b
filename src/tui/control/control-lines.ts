// The control view as lines: the commands, or the one that is open with its orders.

import type { CommandSummary } from '../../core/order.ts'
import { formatCount } from '../format.ts'
import { type Piece, toLine, toSafeText, toSpread } from '../line.ts'
import { liveNow, type Model } from '../model.ts'
import { commandWords } from '../order/draft.ts'
import type { Paint } from '../paint.ts'
import type { Size } from '../view-spec.ts'
import { clockOf, commandHeading, commandRow, progressPieces, scopeOf, tookOf } from './command-row.ts'
import { page_head_rows, toControlLayout } from './control-layout.ts'
import type { ControlState } from './control-state.ts'
import { commandsOf, placeOf, shownCommands } from './control-update.ts'
import { orderHeading, orderRow } from './order-row.ts'

/** Exactly `size.rows` lines. */
export function controlLines(model: Model, state: ControlState, size: Size, paint: Paint): string[] {
  const { columns, rows } = size
  const { list } = toControlLayout(model, size)
  const above =
    state.page.command_id === null
      ? [commandHeading(columns, paint)]
      : [...pageHead(model, state, columns, paint), orderHeading(columns, paint)]
  const shown =
    state.page.command_id === null
      ? commandLines(model, state, list, columns, paint)
      : orderLines(model, state, list, columns, paint)
  while (shown.length < list) shown.push('')
  return [...above, ...shown, edgeLine(model, state, columns, paint)].slice(0, rows)
}

function commandLines(model: Model, state: ControlState, rows: number, columns: number, paint: Paint) {
  const commands = commandsOf(state)
  if (commands.length === 0) return [emptyLine(state, columns, paint)]
  const { from, to } = shownCommands(state, rows)
  const place = placeOf(state)
  const now_ms = liveNow(model)
  return commands
    .slice(from, to)
    .map((command, i) => commandRow(command, { columns, now_ms, selected: from + i === place, paint }))
}

function emptyLine({ document, error }: ControlState, columns: number, paint: Paint): string {
  if (!document) return toLine([[error === null ? '  asking …' : '', paint.dim]], columns)
  return toLine(
    [['  no command yet: K kills, P pauses, C resumes the selected or the marked agents', paint.dim]],
    columns,
  )
}

function orderLines(model: Model, { page }: ControlState, rows: number, columns: number, paint: Paint) {
  const { document, offset, top, cursor } = page
  const now_ms = liveNow(model)
  // Of a window that is on its way, what is known is at its place.
  return Array.from({ length: rows }, (_, row) => {
    const order = document?.orders[top + row - offset]
    return order ? orderRow(order, { columns, now_ms, selected: top + row === cursor, paint }) : ''
  })
}

function pageHead(model: Model, { page }: ControlState, columns: number, paint: Paint): string[] {
  const summary = page.document?.summary
  const lines = summary
    ? summaryLines(model, summary, columns, paint)
    : [toLine([['  asking …', paint.dim]], columns)]
  while (lines.length < page_head_rows) lines.push('')
  return lines
}

function summaryLines(model: Model, summary: CommandSummary, columns: number, paint: Paint): string[] {
  const { command, by, requested_at, reason, orders, delivered, acknowledged, gone, failed } = summary
  const counts = [
    `${formatCount(orders)} ${orders === 1 ? 'order' : 'orders'}`,
    `delivered ${formatCount(delivered)}`,
    `acknowledged ${formatCount(acknowledged)}`,
    `gone ${formatCount(gone)}`,
    `failed ${formatCount(failed)}`,
    `${summary.ended < orders ? 'open for' : 'took'} ${tookOf(summary, liveNow(model))}`,
  ]
  return [
    toLine(
      [
        [`  ${commandWords[command]} ${toSafeText(scopeOf(summary))}`, paint.bold],
        [`   ${clockOf(requested_at)}   by `, paint.dim],
        [toSafeText(by)],
      ],
      columns,
    ),
    toLine([['  because ', paint.dim], [toSafeText(reason)]], columns),
    toLine([['  '], ...progressPieces(summary, paint), [counts.join('   ')]], columns),
  ]
}

function edgeLine(
  model: Model,
  { error, document, page }: ControlState,
  columns: number,
  paint: Paint,
): string {
  const left: Piece[] = []
  // The bucket knows how its orders stand now, whatever moment the fleet is shown at.
  if (model.travel) left.push([' as they stand now: the feed shows what was said of them then', paint.warn])
  else if (model.held) left.push([' paused', paint.warn])
  else left.push([' live', paint.good])
  if (error !== null) left.push([`   ${toSafeText(error)}`, paint.bad])
  const open = page.command_id === null ? document?.open : undefined
  return toSpread(left, [[open === undefined ? '' : `${formatCount(open)} open `, paint.dim]], columns)
}
