// The columns of the attention view: why, who, since when, and in the agent's own words.

import { formatAge, formatCount } from '../format.ts'
import type { AgentColumn, TableRow } from '../table/agent-column.ts'
import { cellText } from '../table/cell-text.ts'
import { needPainter } from '../table/verdict-paint.ts'

export const attentionColumns: readonly AgentColumn[] = [
  {
    title: 'WHY',
    reads: ['needs'],
    cells: [11, 11, 11, 11, 11],
    // The word only where another kind begins: the sign stands in every row.
    text: ({ needs }, _, { glyphs }, above) =>
      needs === 'none' ? '· settled' : `${glyphs.needs[needs]} ${above?.needs === needs ? '' : needs}`,
    paint: ({ needs }, paint) => needPainter(needs, paint),
  },
  {
    title: 'AGENT',
    reads: ['agent'],
    cells: [34, 26, 22, 17, 17],
    text: (row) => cellText(row.agent),
  },
  {
    title: 'SINCE',
    reads: ['status_since_ms', 'last_seen_ms'],
    cells: [5, 5, 5, 5, 5],
    right: true,
    // When numbers went missing no row tells.
    text: (row, now_ms) => (row.needs === 'gaps' ? '·' : formatAge(now_ms - sinceOf(row))),
  },
  {
    title: 'TASK',
    reads: ['task'],
    cells: [18, 14, 12, 0, 0],
    text: (row) => cellText(row.task),
    paint: (_, paint) => paint.dim,
  },
  {
    title: 'LAST EVENT',
    reads: ['text', 'status', 'missing'],
    cells: { rest: 10 },
    text: (row) => cellText(wordsOf(row)),
  },
]

/** When it began, as far as a row tells: a silence with the last event, a state with its first. */
export function sinceOf({ needs, last_seen_ms, status_since_ms }: TableRow): number {
  return needs === 'waiting' || needs === 'erroring' || needs === 'finished' ? status_since_ms : last_seen_ms
}

/** What the agent said last; where that would not tell the reason, the reason before it. */
export function wordsOf({ needs, missing, text, status }: TableRow): string {
  const said = text === '' ? status : text
  if (needs !== 'gaps') return said
  return `${formatCount(missing)} ${missing === 1 ? 'number is' : 'numbers are'} missing  ${said}`
}
