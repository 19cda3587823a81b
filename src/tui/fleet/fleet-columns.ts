// The columns of the fleet's table, the dearest first dropped on a narrow screen.

import { formatAge, formatCount, formatRate } from '../format.ts'

import type { Painter } from '../line.ts'
import { type Paint, statusSign } from '../paint.ts'
import type { AgentColumn, TableRow } from '../table/agent-column.ts'
import { cellText } from '../table/cell-text.ts'
import { healthPainter, needPainter } from '../table/verdict-paint.ts'

/** A count where nothing is normal. */
const some = (count: number): string => (count === 0 ? '·' : formatCount(count))

/** What is as it should be steps back. */
const quiet = ({ needs }: TableRow, paint: Paint): Painter | undefined =>
  needs === 'none' ? paint.dim : undefined

/** Agents have errors now and then. */
const unusual = ({ needs }: TableRow, paint: Paint): Painter | undefined =>
  needs === 'none' ? undefined : paint.warn

export const fleetColumns: readonly AgentColumn[] = [
  {
    title: 'AGENT',
    reads: ['agent'],
    sort: 'agent',
    cells: [30, 22, 20, 17, 17],
    text: (row) => cellText(row.agent),
  },
  {
    title: 'HEALTH',
    // The need tells the other columns what is quiet.
    reads: ['health', 'needs'],
    sort: 'health',
    cells: [11, 11, 11, 11, 11],
    text: (row, _, { glyphs }) => `${glyphs.health[row.health]} ${row.health}`,
    paint: (row, paint) => healthPainter(row.health, paint),
  },
  {
    title: 'NEEDS YOU',
    reads: ['needs'],
    sort: 'needs',
    cells: [11, 11, 0, 0, 0],
    // Health has said it already.
    text: ({ needs }, _, { glyphs }) =>
      needs === 'none' ? '' : needs === 'unhealthy' ? glyphs.needs[needs] : `${glyphs.needs[needs]} ${needs}`,
    paint: (row, paint) => needPainter(row.needs, paint),
  },
  {
    title: 'STATUS',
    reads: ['status'],
    sort: 'status',
    cells: [14, 13, 12, 12, 12],
    text: (row, _, paint) => `${statusSign(row.status, paint).sign} ${cellText(row.status)}`,
    paint: (row, paint) => statusSign(row.status, paint).paint ?? quiet(row, paint),
  },
  {
    title: 'TASK',
    reads: ['task'],
    sort: 'task',
    cells: [18, 13, 13, 11, 0],
    text: (row) => cellText(row.task),
    paint: quiet,
  },
  {
    title: 'ROLE',
    reads: ['meta.role'],
    cells: [12, 0, 0, 0, 0],
    text: (row) => cellText(String(row['meta.role'] ?? '')),
  },
  {
    title: 'RATE',
    reads: ['rate'],
    sort: 'rate',
    cells: [5, 5, 5, 5, 5],
    right: true,
    text: (row) => (row.rate === 0 ? '·' : formatRate(row.rate)),
    paint: (row, paint) => (row.rate === 0 ? paint.dim : undefined),
  },
  {
    title: 'ERR',
    reads: ['errors'],
    sort: 'errors',
    cells: [6, 6, 5, 5, 0],
    right: true,
    text: (row) => some(row.errors),
    paint: (row, paint) => (row.errors === 0 ? paint.dim : unusual(row, paint)),
  },
  {
    title: 'EVENTS',
    reads: ['events'],
    sort: 'events',
    cells: [9, 0, 0, 0, 0],
    right: true,
    text: (row) => formatCount(row.events),
    paint: (_, paint) => paint.dim,
  },
  {
    title: 'GAPS',
    reads: ['gaps'],
    sort: 'gaps',
    cells: [5, 5, 0, 0, 0],
    right: true,
    text: (row) => some(row.gaps),
    paint: (row, paint) => (row.gaps === 0 ? paint.dim : paint.warn),
  },
  {
    title: 'IDLE',
    reads: ['last_seen_ms'],
    sort: 'idle',
    cells: [5, 5, 5, 5, 5],
    right: true,
    text: (row, now_ms) => formatAge(now_ms - row.last_seen_ms),
    paint: (row, paint) => (row.health === 'healthy' ? paint.dim : undefined),
  },
  {
    title: 'SEQ',
    reads: ['last_seq'],
    sort: 'seq',
    cells: [11, 11, 0, 0, 0],
    right: true,
    text: (row) => formatCount(row.last_seq),
    paint: (_, paint) => paint.dim,
  },
  {
    title: 'LAST EVENT',
    reads: ['text'],
    cells: { rest: 12 },
    text: (row) => cellText(row.text),
    paint: quiet,
  },
]
