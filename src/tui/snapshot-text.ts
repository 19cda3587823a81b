// `beacon top --once` for people: plain lines, without colour and without cursor movement.

import type { CommandsDocument } from '../core/order.ts'
import type { Books, ServiceStatus, StatusDocument } from '../core/status.ts'
import { type AgentRow, type FleetFrame, toAgentRow } from '../core/view.ts'
import { formatAge, formatClock, formatCount, formatRate } from './format.ts'
import { fitLeft, fitRight, toSafeText } from './line.ts'
import type { BarsPicture } from './snapshot.ts'
import { barsText } from './snapshot-bars.ts'
import { commandsText } from './snapshot-commands.ts'
import type { ViewName } from './view-names.ts'

export function toSnapshotText(
  frame: FleetFrame,
  status: StatusDocument | null,
  view: ViewName,
  picture: BarsPicture | null = null,
  commands: CommandsDocument | null = null,
): string {
  const blocks = [totalsText(frame, status)]
  if (picture) blocks.push(...barsText(frame, picture))
  else if (commands) blocks.push(commandsText(commands, frame.at_ms))
  else if (view === 'services') blocks.push(servicesText(status))
  else if (view !== 'feed') blocks.push(agentsText(frame, view))
  if (frame.newest.length > 0) blocks.push(newestText(frame))
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function totalsText(frame: FleetFrame, status: StatusDocument | null): string[] {
  const { totals, lag } = frame
  const { healthy, ...unwell } = totals.by_health
  const statuses = totals.by_status.map(([name, count]) => `${formatCount(count)} ${toSafeText(name)}`)
  if (totals.other_statuses > 0) statuses.push(`${formatCount(totals.other_statuses)} others`)
  const needs = counted(totals.by_needs)
  return [
    `beacon  ${status?.profile ?? '—'}  ${formatClock(frame.at_ms).slice(0, 8)}`,
    `agents  ${[formatCount(totals.agents), ...statuses].join('  ')}`,
    `health  ${[`${formatCount(healthy)} well`, ...counted(unwell)].join('  ')}`,
    `needs   ${needs.length === 0 ? 'nobody needs you' : needs.join('  ')}`,
    `events  ${formatCount(totals.rate_1s)}/s  10 s ${formatCount(totals.rate_10s)}/s  60 s ${formatCount(totals.rate_60s)}/s  errors ${formatCount(totals.errors)}  lag ${formatCount(lag.events)}`,
    `books   ${toBooksText(status?.books ?? null)}`,
  ]
}

const counted = (counts: Record<string, number>): string[] =>
  Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${formatCount(count)} ${name}`]))

type Column = { title: string; cells: number; right?: true; text(row: AgentRow, at_ms: number): string }

const columns: Column[] = [
  { title: 'AGENT', cells: 24, text: ({ agent }) => agent },
  { title: 'HEALTH', cells: 9, text: ({ health }) => health },
  { title: 'STATUS', cells: 12, text: ({ status }) => status },
  { title: 'TASK', cells: 16, text: ({ task }) => task },
  { title: 'EV/S', cells: 6, right: true, text: ({ rate }) => formatRate(rate) },
  { title: 'ERR', cells: 7, right: true, text: ({ errors }) => formatCount(errors) },
  { title: 'EVENTS', cells: 10, right: true, text: ({ events }) => formatCount(events) },
  {
    title: 'IDLE',
    cells: 4,
    right: true,
    text: ({ last_seen_ms }, at_ms) => formatAge(at_ms - last_seen_ms),
  },
]
const needsColumn: Column = { title: 'NEEDS', cells: 9, text: ({ needs }) => (needs === 'none' ? '' : needs) }

function agentsText(frame: FleetFrame, view: ViewName): string[] {
  const shown = view === 'attention' ? [needsColumn, ...columns] : columns
  const line = (texts: string[], last: string): string =>
    [...shown.map(({ cells, right }, i) => (right ? fitRight : fitLeft)(texts[i] ?? '', cells)), last]
      .join('  ')
      .trimEnd()
  const rows = frame.rows.map((cells) => toAgentRow(frame.columns, cells))
  const lines = rows.map((row) =>
    line(
      shown.map(({ text }) => toSafeText(text(row, frame.at_ms))),
      toSafeText(row.text),
    ),
  )
  const more = frame.matched - frame.offset - frame.rows.length
  return [
    line(
      shown.map(({ title }) => title),
      'LAST EVENT',
    ),
    ...(rows.length === 0 ? [view === 'attention' ? 'nobody needs you' : 'no agent matches'] : lines),
    ...(more > 0 ? [`… and ${formatCount(more)} more`] : []),
  ]
}

function newestText(frame: FleetFrame): string[] {
  const lines = frame.newest
    .toReversed()
    .map(({ received_at_ms, agent, status, text }) =>
      `${formatClock(received_at_ms)}  ${fitLeft(toSafeText(agent), 24)}  ${fitLeft(toSafeText(status), 12)}  ${toSafeText(text)}`.trimEnd(),
    )
  return ['NEWEST EVENTS', ...lines]
}

function servicesText(status: StatusDocument | null): string[] {
  const services: ServiceStatus[] = status ? [status.broker, ...status.services] : []
  const line = (name: string, state: string, pid: string, up: string, rss: string, cpu: string): string =>
    `${fitLeft(name, 16)}  ${fitLeft(state, 9)}  ${fitRight(pid, 8)}  ${fitRight(up, 4)}  ${fitRight(rss, 7)}  ${fitRight(cpu, 6)}`
  return [
    line('SERVICE', 'STATE', 'PID', 'UP', 'RSS MB', 'CPU %'),
    ...services.map((each) =>
      line(
        toSafeText(each.instance),
        each.state,
        String(each.pid ?? ''),
        formatAge(each.uptime_s * 1_000),
        each.rss_bytes === null ? '' : formatCount(each.rss_bytes / 1e6),
        each.cpu_percent === null ? '' : each.cpu_percent.toFixed(1),
      ),
    ),
    ...(status ? [] : ['the supervisor does not answer']),
  ]
}

function toBooksText(books: Books | null): string {
  if (!books) return '—'
  const { accepted, archived, duplicate, quarantined, in_flight, balanced } = books
  const sum = `${formatCount(archived)} archived + ${formatCount(duplicate)} duplicate + ${formatCount(quarantined)} quarantined + ${formatCount(in_flight)} in flight`
  return `${formatCount(accepted)} accepted = ${sum}  ${balanced ? 'balanced' : 'NOT BALANCED'}`
}
