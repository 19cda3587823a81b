// A command as a row: its scope, its steps counted, and how far it is.

import type { CommandSummary } from '../../core/order.ts'
import { formatClock, formatCount, formatSpan } from '../format.ts'
import { type Painter, type Piece, toSafeText } from '../line.ts'
import { commandWords } from '../order/draft.ts'
import type { Paint } from '../paint.ts'
import { type Column, headingOf, type RowLook, rowOf } from './column-line.ts'

const progress_cells = 8

const columns: Column<CommandSummary>[] = [
  { title: 'WHEN', cells: 8, left: true, text: ({ requested_at }) => clockOf(requested_at) },
  { title: 'COMMAND', cells: 7, left: true, text: ({ command }) => commandWords[command] },
  { title: 'SCOPE', cells: 18, left: true, text: (summary) => scopeOf(summary) },
  { title: 'ORDERS', cells: 6, from: 100, text: ({ orders }) => formatCount(orders) },
  {
    title: 'DELIVERED',
    cells: 9,
    from: 90,
    text: ({ delivered }) => formatCount(delivered),
    paint: dimZero('delivered'),
  },
  {
    title: 'ACK',
    cells: 6,
    from: 80,
    text: ({ acknowledged }) => formatCount(acknowledged),
    paint: dimZero('acknowledged'),
  },
  { title: 'GONE', cells: 6, from: 80, text: ({ gone }) => formatCount(gone), paint: dimZero('gone') },
  {
    title: 'FAILED',
    cells: 6,
    from: 160,
    text: ({ failed }) => formatCount(failed),
    paint: ({ failed }, paint) => (failed === 0 ? paint.dim : paint.bad),
  },
  { title: 'TOOK', cells: 7, text: (summary, now_ms) => tookOf(summary, now_ms) },
  { title: 'BY', cells: 16, left: true, from: 150, text: ({ by }) => by, paint: (_, paint) => paint.dim },
]

function dimZero(field: 'delivered' | 'acknowledged' | 'gone'): NonNullable<Column<CommandSummary>['paint']> {
  return (summary, paint) => (summary[field] === 0 ? paint.dim : undefined)
}

export const commandHeading = (width: number, paint: Paint): string =>
  headingOf(columns, `${'HOW FAR'.padEnd(progress_cells + 14)}REASON`, width, paint)

export function commandRow(summary: CommandSummary, look: RowLook): string {
  const { paint } = look
  const rest: Piece[] = [...progressPieces(summary, paint), [toSafeText(summary.reason)]]
  return rowOf(columns, summary, rest, look)
}

/** `▮▮▮▮▮▮▯▯ 3 open      `: what is done of it, and what is left. */
export function progressPieces({ orders, ended, failed }: CommandSummary, paint: Paint): Piece[] {
  const { full, empty } = paint.glyphs
  // Full only when nothing is left.
  const done = orders === 0 ? progress_cells : Math.floor((Math.min(ended, orders) / orders) * progress_cells)
  const bar = full.repeat(done) + empty.repeat(progress_cells - done)
  const [text, painter] = stateOf(orders - ended, failed, paint)
  return [
    [bar, painter],
    [` ${text.padEnd(13)}`, painter],
  ]
}

function stateOf(open: number, failed: number, paint: Paint): [text: string, painter: Painter] {
  if (open > 0) return [`${formatCount(open)} open`, paint.warn]
  return failed > 0 ? [`✗ ${formatCount(failed)} failed`, paint.bad] : ['✓ all done', paint.good]
}

/** `agent-1`, `where role:coder`; of several agents how many, when no word is kept of them. */
export const scopeOf = ({ scope }: Pick<CommandSummary, 'scope'>): string =>
  scope.kind === 'where' ? `${formatCount(scope.targets)} of ${scope.text}` : scope.text

/** How long it took until its last step, or how long it has been open. */
export function tookOf({ requested_at, changed_at, orders, ended }: CommandSummary, now_ms: number): string {
  const from_ms = Date.parse(requested_at)
  return ended < orders ? formatSpan(now_ms - from_ms) : formatTook(Date.parse(changed_at) - from_ms)
}

/** `84 ms`, `1.2 s`, `3m 12s`; a time that is none is not shown as one. */
export function formatTook(took_ms: number): string {
  if (!Number.isFinite(took_ms)) return '—'
  if (took_ms < 1_000) return `${Math.max(0, Math.round(took_ms))} ms`
  return took_ms < 60_000 ? `${(took_ms / 1_000).toFixed(1)} s` : formatSpan(took_ms)
}

/** `12:41:03` */
export const clockOf = (time: string): string => {
  const at_ms = Date.parse(time)
  return Number.isFinite(at_ms) ? formatClock(at_ms).slice(0, 8) : '—'
}
