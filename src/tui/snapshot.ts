// `beacon top --once -o json`: the picture of the screen as a document for programs.

import type { OpenBar, StoredBar } from '../core/bar-report.ts'
import type { Activity, Health, Need } from '../core/health.ts'
import type { CommandSummary, CommandsDocument } from '../core/order.ts'
import type { PulseDocument } from '../core/pulse-document.ts'
import type { Books, StatusDocument } from '../core/status.ts'
import { type AgentRow, type FleetFrame, type FleetTotals, type Lag, toAgentRow } from '../core/view.ts'
import type { ViewName } from './view-names.ts'

export type TopSnapshot = {
  schema: 'beacon.top.v1'
  view: ViewName
  at: string
  seq: number
  profile: string | null
  lag: Lag
  totals: {
    agents: number
    by_health: FleetTotals['by_health']
    /** Agents that need a person, by what for. */
    by_needs: FleetTotals['by_needs']
    /** Times a number was passed over or came late, and numbers missing now. */
    gaps: number
    reorders: number
    missing: number
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
  /** Agents that match. */
  matched: number
  /** In the order of the view: those heard of last first, or the most urgent first. */
  agents: {
    agent_id: string
    health: Health
    needs: Need
    status: string
    activity: Activity
    task: string | null
    rate: number
    errors: number
    events: number
    gaps: number
    missing: number
    status_since: string
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
  /** Only of the view `bars`: the pulse (null for the past, and when none answers), the bars that are open and those reported, oldest first. */
  pulse?: PulseDocument | null
  windows?: OpenBar[]
  bars?: StoredBar[]
  /** Only of the view `control`: as they stand now, the newest first. */
  commands?: CommandSummary[]
}

/** What the view `bars` shows beside the frame. */
export type BarsPicture = { pulse: PulseDocument | null; bars: StoredBar[] }

export function toSnapshot(
  frame: FleetFrame,
  status: StatusDocument | null,
  view: ViewName,
  picture: BarsPicture | null = null,
  commands: CommandsDocument | null = null,
): TopSnapshot {
  const { agents, by_status, ...totals } = frame.totals
  return {
    schema: 'beacon.top.v1',
    view,
    at: toTime(frame.at_ms),
    seq: frame.seq,
    profile: status?.profile ?? null,
    lag: frame.lag,
    totals: { agents, by_status: Object.fromEntries(by_status), ...totals },
    books: status?.books ?? null,
    services: (status?.services ?? []).map(({ instance, state }) => ({ instance, state })),
    matched: frame.matched,
    agents: frame.rows.map((cells) => toAgent(toAgentRow(frame.columns, cells), frame.at_ms)),
    newest: frame.newest.toReversed().map(({ received_at_ms, agent, ...event }) => ({
      seq: event.seq,
      received_at: toTime(received_at_ms),
      agent_id: agent,
      kind: event.kind,
      status: event.status,
      text: event.text,
    })),
    ...(picture ? { pulse: picture.pulse, windows: frame.bars ?? [], bars: picture.bars } : {}),
    ...(commands ? { commands: commands.commands } : {}),
  }
}

const toAgent = (row: AgentRow, at_ms: number): TopSnapshot['agents'][number] => ({
  agent_id: row.agent,
  health: row.health,
  needs: row.needs,
  status: row.status,
  activity: row.activity,
  task: row.task === '' ? null : row.task,
  rate: row.rate,
  errors: row.errors,
  events: row.events,
  gaps: row.gaps,
  missing: row.missing,
  status_since: toTime(row.status_since_ms),
  last_seen: toTime(row.last_seen_ms),
  idle_s: Math.max(0, at_ms - row.last_seen_ms) / 1_000,
  seq: row.last_seq,
  text: row.text,
})

const toTime = (ms: number): string => new Date(ms).toISOString()
