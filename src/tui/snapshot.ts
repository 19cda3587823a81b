// `beacon top --once`: the same picture as a document for programs, and as plain text.

import type { Books, StatusDocument } from '../core/status.ts'
import { type AgentRow, type FleetFrame, type Lag, toAgentRow } from '../core/view.ts'
import { formatAge, formatClock, formatCount, formatRate } from './format.ts'
import { fitLeft, fitRight, toSafeText } from './line.ts'

export type TopSnapshot = {
  schema: 'beacon.top.v1'
  at: string
  seq: number
  profile: string | null
  lag: Lag
  totals: {
    agents: number
    /** The most frequent ones. */
    by_status: Record<string, number>
    /** Agents with another status than those. */
    other_statuses: number
    events: number
    errors: number
    duplicates: number
    rate_1s: number
    rate_10s: number
    rate_60s: number
  }
  /** Null when the supervisor does not answer or does not know yet. */
  books: Books | null
  services: { instance: string; state: string }[]
  /** The agents heard of last, the newest first. */
  agents: {
    agent_id: string
    status: string
    task: string | null
    rate: number
    errors: number
    events: number
    last_seen: string
    idle_s: number
    seq: number
    text: string
  }[]
  /** Newest first. */
  newest: {
    seq: number
    received_at: string
    agent_id: string
    kind: string
    status: string
    text: string
  }[]
}

export function toSnapshot(frame: FleetFrame, status: StatusDocument | null): TopSnapshot {
  const { agents, by_status, ...totals } = frame.totals
  return {
    schema: 'beacon.top.v1',
    at: toTime(frame.at_ms),
    seq: frame.seq,
    profile: status?.profile ?? null,
    lag: frame.lag,
    totals: { agents, by_status: Object.fromEntries(by_status), ...totals },
    books: status?.books ?? null,
    services: (status?.services ?? []).map(({ instance, state }) => ({ instance, state })),
    agents: frame.rows.map((cells) => toAgent(toAgentRow(frame.columns, cells), frame.at_ms)),
    newest: frame.newest.toReversed().map(({ received_at_ms, agent, ...event }) => ({
      seq: event.seq,
      received_at: toTime(received_at_ms),
      agent_id: agent,
      kind: event.kind,
      status: event.status,
      text: event.text,
    })),
  }
}

const toAgent = (row: AgentRow, at_ms: number): TopSnapshot['agents'][number] => ({
  agent_id: row.agent,
  status: row.status,
  task: row.task === '' ? null : row.task,
  rate: row.rate,
  errors: row.errors,
  events: row.events,
  last_seen: toTime(row.last_seen_ms),
  idle_s: Math.max(0, at_ms - row.last_seen_ms) / 1_000,
  seq: row.last_seq,
  text: row.text,
})

const toTime = (ms: number): string => new Date(ms).toISOString()

/** Plain lines, without colour and without cursor movement. */
export function toSnapshotText(frame: FleetFrame, status: StatusDocument | null): string {
  const { totals, lag } = frame
  const statuses = totals.by_status.map(([name, count]) => `${formatCount(count)} ${toSafeText(name)}`)
  if (totals.other_statuses > 0) statuses.push(`${formatCount(totals.other_statuses)} others`)
  const lines = [
    `beacon  ${status?.profile ?? '—'}  ${formatClock(frame.at_ms).slice(0, 8)}`,
    `agents  ${[formatCount(totals.agents), ...statuses].join('  ')}`,
    `events  ${formatCount(totals.rate_1s)}/s  10 s ${formatCount(totals.rate_10s)}/s  60 s ${formatCount(totals.rate_60s)}/s  errors ${formatCount(totals.errors)}  lag ${formatCount(lag.events)}`,
    `books   ${toBooksText(status?.books ?? null)}`,
    '',
    `${fitLeft('AGENT', 24)}  ${fitLeft('STATUS', 12)}  ${fitLeft('TASK', 16)}  ${fitRight('EV/S', 6)}  ${fitRight('ERR', 7)}  ${fitRight('EVENTS', 10)}  ${fitRight('IDLE', 4)}  LAST EVENT`,
  ]
  for (const cells of frame.rows) lines.push(toAgentText(toAgentRow(frame.columns, cells), frame.at_ms))
  const more = frame.matched - frame.offset - frame.rows.length
  if (more > 0) lines.push(`… and ${formatCount(more)} more`)
  if (frame.newest.length > 0) lines.push('', 'NEWEST EVENTS')
  for (const { received_at_ms, agent, status: state, text } of frame.newest.toReversed())
    lines.push(
      `${formatClock(received_at_ms)}  ${fitLeft(toSafeText(agent), 24)}  ${fitLeft(toSafeText(state), 12)}  ${toSafeText(text)}`.trimEnd(),
    )
  return `${lines.join('\n')}\n`
}

function toAgentText(row: AgentRow, at_ms: number): string {
  const cells = [
    fitLeft(toSafeText(row.agent), 24),
    fitLeft(toSafeText(row.status), 12),
    fitLeft(toSafeText(row.task), 16),
    fitRight(formatRate(row.rate), 6),
    fitRight(formatCount(row.errors), 7),
    fitRight(formatCount(row.events), 10),
    fitRight(formatAge(at_ms - row.last_seen_ms), 4),
    toSafeText(row.text),
  ]
  return cells.join('  ').trimEnd()
}

function toBooksText(books: Books | null): string {
  if (!books) return '—'
  const { accepted, archived, duplicate, quarantined, in_flight, balanced } = books
  const sum = `${formatCount(archived)} archived + ${formatCount(duplicate)} duplicate + ${formatCount(quarantined)} quarantined + ${formatCount(in_flight)} in flight`
  return `${formatCount(accepted)} accepted = ${sum}  ${balanced ? 'balanced' : 'NOT BALANCED'}`
}
