// A process of the daemon as a row of the watchtower: its columns, and what of it needs the eye.

import type { ServiceState, ServiceStatus, StatusDocument } from '../../core/status.ts'
import { formatAge, formatCount, formatRate, sparkline } from '../format.ts'
import { fitLeft, fitRight, type Piece, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

/** Memory above it is more than the design allows a process of Beacon's. */
export const rss_budget_bytes = 300e6
const busy_percent = 90
const lag_events = 1_000

/** The broker first: everything hangs on it. */
export const processesOf = (status: StatusDocument): ServiceStatus[] => [
  { ...status.broker, instance: status.broker.external ? 'nats (external)' : status.broker.instance },
  ...status.services,
]

type Column = {
  title: string
  /** 0 takes what is left. */
  cells: number
  right?: true
  /** Shown from this width of the screen on. */
  from?: number
  text(each: ServiceStatus, cpu: readonly number[], paint: Paint): string
  paint?(each: ServiceStatus, paint: Paint): Piece[1]
}

const columns: Column[] = [
  { title: 'PROCESS', cells: 16, text: (each) => toSafeText(each.instance) },
  {
    title: 'STATE',
    cells: 11,
    text: (each, _cpu, paint) => `${stateSign(each.state, paint)} ${each.state}`,
    paint: (each, paint) => statePaint(each.state, paint),
  },
  { title: 'PID', cells: 8, right: true, from: 90, text: (each) => String(each.pid ?? '') },
  { title: 'UP', cells: 5, right: true, text: (each) => formatAge(each.uptime_s * 1_000) },
  {
    title: 'RSS MB',
    cells: 7,
    right: true,
    text: (each) => (each.rss_bytes === null ? '' : formatCount(each.rss_bytes / 1e6)),
    paint: (each, paint) => ((each.rss_bytes ?? 0) > rss_budget_bytes ? paint.warn : undefined),
  },
  {
    title: 'CPU %',
    cells: 6,
    right: true,
    text: (each) => (each.cpu_percent === null ? '' : each.cpu_percent.toFixed(1)),
    paint: (each, paint) => ((each.cpu_percent ?? 0) > busy_percent ? paint.warn : undefined),
  },
  { title: '', cells: 15, from: 100, text: (_each, cpu, paint) => sparkline(cpu, 15, paint.glyphs.bars) },
  {
    title: 'LAG',
    cells: 8,
    right: true,
    text: ({ stats }) => toNumber(stats.lag),
    paint: ({ stats }, paint) => (Number(stats.lag ?? 0) > lag_events ? paint.warn : undefined),
  },
  {
    title: 'QUEUE',
    cells: 7,
    right: true,
    text: ({ stats }) => toNumber(stats.queue_events),
  },
  {
    title: 'EV/S',
    cells: 6,
    right: true,
    text: ({ stats }) => (typeof stats.rate_per_s === 'number' ? formatRate(stats.rate_per_s) : ''),
  },
  {
    title: 'RESTARTS',
    cells: 8,
    right: true,
    text: (each) => (each.restarts === 0 ? '·' : String(each.restarts)),
    paint: (each, paint) => (each.restarts > 0 ? paint.warn : paint.dim),
  },
  { title: 'LAST EXIT', cells: 0, from: 120, text: (each) => toSafeText(each.last_exit ?? '') },
]

const gap = '  '

export const processHeading = (width: number, paint: Paint): Piece[] =>
  shownAt(width).flatMap((column): Piece[] => [[gap], [align(column, column.title), paint.dim]])

export function processRow(
  each: ServiceStatus,
  cpu: readonly number[],
  selected: boolean,
  width: number,
  paint: Paint,
): Piece[] {
  return shownAt(width).flatMap((column, i): Piece[] => [
    i === 0 && selected ? [`${paint.glyphs.selected} `, paint.accent] : [gap],
    [
      align(column, column.text(each, cpu, paint)),
      column.paint?.(each, paint) ?? (selected ? paint.bold : undefined),
    ],
  ])
}

const shownAt = (width: number): Column[] => columns.filter(({ from = 0 }) => width >= from)

const align = (column: Column, text: string): string =>
  column.cells === 0 ? text : column.right ? fitRight(text, column.cells) : fitLeft(text, column.cells)

const toNumber = (value: unknown): string => (typeof value === 'number' ? formatCount(value) : '')

const stateSign = (state: ServiceState, { glyphs }: Paint): string => {
  const { healthy, late, unhealthy, stopped } = glyphs.health
  return { up: healthy, starting: late, degraded: late, backoff: unhealthy, stopped }[state]
}

function statePaint(state: ServiceState, paint: Paint): Piece[1] {
  switch (state) {
    case 'up':
      return paint.good
    case 'starting':
    case 'degraded':
      return paint.warn
    case 'backoff':
    case 'stopped':
      return paint.bad
  }
}
