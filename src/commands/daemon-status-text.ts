// The daemon's status for people: what it promises, its services, and the books.

import { formatSize } from '../core/duration.ts'
import { escapeControl } from '../core/escape.ts'
import type { BrokerStatus, ServiceStatus, StatusDocument } from '../core/status.ts'
import type { CommandContext } from './command-context.ts'
import { type Column, printDocument } from './output.ts'
import { formatTable } from './table-layout.ts'

export async function printStatus(context: CommandContext, status: StatusDocument): Promise<void> {
  const { schema: _, ...document } = status
  if (context.output === 'csv') {
    const { printRows } = await import('./output.ts')
    return await printRows(context, rowsOf(status), {
      name: 'services',
      columns: columns,
    })
  }
  const cells_max =
    context.io.isTty && context.output === 'table' ? context.io.columns : Number.POSITIVE_INFINITY
  await printDocument(context, document, {
    name: 'status',
    text: () => toText(status, context.output === 'wide', cells_max),
  })
}

export const columns: Column<ServiceStatus>[] = [
  { name: 'service', value: (each) => each.instance },
  { name: 'state', value: (each) => each.state },
  { name: 'pid', value: (each) => each.pid },
  {
    name: 'uptime_s',
    heading: 'UPTIME',
    value: (each) => each.uptime_s,
    text: (each) => toUptime(each.uptime_s),
  },
  {
    name: 'rss_bytes',
    heading: 'RSS',
    value: (each) => each.rss_bytes,
    text: (each) => toMegabytes(each.rss_bytes),
  },
  {
    name: 'cpu_percent',
    heading: 'CPU%',
    value: (each) => each.cpu_percent,
    text: (each) => toFixed(each.cpu_percent),
  },
  { name: 'lag', value: ({ stats }) => stats.lag },
  { name: 'rate_per_s', heading: 'RATE/S', value: ({ stats }) => stats.rate_per_s },
  { name: 'restarts', value: (each) => each.restarts },
  { name: 'last_exit', value: (each) => each.last_exit, shrinks: true },
  { name: 'stats', value: (each) => toStats(each.stats), wide: true },
]

const rowsOf = (status: StatusDocument): ServiceStatus[] => [toRow(status.broker), ...status.services]

const toRow = (broker: BrokerStatus): ServiceStatus => ({
  ...broker,
  instance: broker.external ? 'nats (external)' : broker.instance,
  stats: {
    version: broker.version,
    ...(broker.stream ? { stream_messages: broker.stream.messages, stream_bytes: broker.stream.bytes } : {}),
  },
})

function toText(status: StatusDocument, wide: boolean, cells_max: number): string {
  const shown = columns.filter((column) => wide || !column.wide)
  const { books, disk } = status
  const lines = [
    `beacon ${status.version}  ${status.ready ? 'ready' : 'NOT READY'}  up ${toUptime(status.uptime_s)}  pid ${status.pid}`,
    ...status.not_ready_reasons.map((reason) => `  ${reason}`),
    `profile  ${status.profile}: ${status.promise}`,
    `http     http://${status.http}`,
    `nats     nats://${status.nats}`,
    `home     ${status.home}  (${formatSize(Math.round(disk.free_bytes / 1e9) * 1e9)} free${disk.disk_low ? ', LOW' : ''})`,
    books
      ? `books    accepted ${count(books.accepted)} = archived ${count(books.archived)} + duplicate ${count(books.duplicate)} + quarantined ${count(books.quarantined)} + in flight ${count(books.in_flight)}${books.balanced ? '' : '  NOT BALANCED'}`
      : 'books    not known while the archiver or the broker cannot be asked',
  ]
  return `${lines.map((line) => escapeControl(line)).join('\n')}\n\n${formatTable(shown, rowsOf(status), cells_max)}`
}

const toStats = (stats: ServiceStatus['stats']): string =>
  Object.entries(stats)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? Number(value.toFixed(2)) : value}`)
    .join(' ')

const count = (value: number): string => value.toLocaleString('en')
const toFixed = (value: number | null): string => (value === null ? '-' : value.toFixed(1))
const toMegabytes = (bytes: number | null): string => (bytes === null ? '-' : `${Math.round(bytes / 1e6)}MB`)

/** `3d 4h`, `4h 5m`, `5m 6s`, `6s`. */
export function toUptime(uptime_s: number): string {
  const parts = [
    [Math.floor(uptime_s / 86_400), 'd'],
    [Math.floor(uptime_s / 3_600) % 24, 'h'],
    [Math.floor(uptime_s / 60) % 60, 'm'],
    [Math.floor(uptime_s) % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return '0s'
  return parts
    .slice(first, first + 2)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}
