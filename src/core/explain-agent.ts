// Why Beacon thinks of an agent what it thinks: the agent's document with the events behind its state.

import type { AgentDocument } from './agent-document.ts'
import { eventKinds, type Json } from './event.ts'
import { type Fleet, rateAt } from './fleet.ts'
import { activityOf, healthOf, needOf } from './fleet-health.ts'
import { activities, healths, needs } from './health.ts'

/** `agent` is a number of the fleet's. */
export function toAgentDocument(fleet: Fleet, agent: number, now_ms: number): AgentDocument {
  const { columns } = fleet
  const metadata = JSON.parse(fleet.metadata[agent] as string) as { [key: string]: Json }
  const seq = columns.last_seq[agent] as number
  const seen_ms = columns.last_seen_ms[agent] as number
  const rate = rateAt(fleet, agent, now_ms)
  return {
    schema: 'beacon.agent.v1',
    at: toTime(now_ms),
    agent_id: fleet.ids[agent] as string,
    health: healths[healthOf(fleet, agent, now_ms)] ?? 'healthy',
    status: fleet.statuses.texts[columns.status[agent] as number] as string,
    status_since: toTime(seen_ms),
    activity: activities[activityOf(fleet, agent)] ?? 'idle',
    needs: needs[needOf(fleet, agent, now_ms)] ?? 'none',
    reasons: [{ code: 'silence', says: 'was heard from', seq }],
    task: fleet.tasks.texts[columns.task[agent] as number] || null,
    role: typeof metadata.role === 'string' ? metadata.role : null,
    kind: eventKinds[columns.kind[agent] as number] as string,
    rate_1s: rate,
    rate_10s: rate,
    rate_60s: rate,
    events: columns.events[agent] as number,
    errors: columns.errors[agent] as number,
    error_share: 0,
    gaps: 0,
    reorders: 0,
    missing: 0,
    first_seen: toTime(seen_ms),
    last_seen: toTime(seen_ms),
    idle_s: Math.max(0, now_ms - seen_ms) / 1_000,
    expected_interval_s: 20,
    expected_from: 'default',
    last_heartbeat: null,
    seq,
    status_seq: seq,
    last_error_seq: null,
    metadata,
  }
}

const toTime = (ms: number): string => new Date(ms).toISOString()
