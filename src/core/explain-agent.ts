// Why Beacon thinks of an agent what it thinks: the agent's document with the events behind its state.

import type { AgentDocument, KnownPlatform } from './agent-document.ts'
import { reasonsOf } from './agent-reasons.ts'
import { eventKinds, type Json } from './event.ts'
import { type Fleet, rateAt } from './fleet.ts'
import { activityOf, expectedFrom, expectedInterval, hasLease, healthOf, needOf } from './fleet-health.ts'
import { activities, healths, needs } from './health.ts'

/** `agent` is a number of the fleet's. Texts are as they came: who prints them escapes them. */
export function toAgentDocument(fleet: Fleet, agent: number, now_ms: number): AgentDocument {
  const { columns } = fleet
  const metadata = JSON.parse(fleet.metadata[agent] as string) as { [key: string]: Json }
  const last_seen_ms = columns.last_seen_ms[agent] as number
  const platform = fleet.platforms[agent] as string
  const health = healthOf(fleet, agent, now_ms)
  return {
    schema: 'beacon.agent.v1',
    at: toTime(now_ms),
    agent_id: fleet.ids[agent] as string,
    health: healths[health] ?? 'healthy',
    status: fleet.statuses.texts[columns.status[agent] as number] as string,
    status_since: toTime(columns.status_since_ms[agent] as number),
    activity: activities[activityOf(fleet, agent)] ?? 'idle',
    needs: needs[needOf(fleet, agent, now_ms, health)] ?? 'none',
    reasons: reasonsOf(fleet, agent, now_ms),
    task: fleet.tasks.texts[columns.task[agent] as number] || null,
    role: typeof metadata.role === 'string' ? metadata.role : null,
    kind: eventKinds[columns.kind[agent] as number] as string,
    rate_1s: rateAt(fleet, agent, now_ms, 1),
    rate_10s: rateAt(fleet, agent, now_ms, 10),
    rate_60s: rateAt(fleet, agent, now_ms, 60),
    events: columns.events[agent] as number,
    errors: columns.errors[agent] as number,
    error_share: columns.error_share[agent] as number,
    gaps: columns.gaps[agent] as number,
    reorders: columns.reorders[agent] as number,
    missing: columns.missing[agent] as number,
    first_seen: toTime(columns.first_seen_ms[agent] as number),
    last_seen: toTime(last_seen_ms),
    idle_s: Math.max(0, now_ms - last_seen_ms) / 1_000,
    expected_interval_s: expectedInterval(fleet, agent) / 1_000,
    expected_from: expectedFrom(fleet, agent),
    last_heartbeat: columns.heartbeat_ms[agent] === 0 ? null : toTime(columns.heartbeat_ms[agent] as number),
    lease_expires_at: hasLease(fleet, agent)
      ? toTime(last_seen_ms + (columns.lease_ms[agent] as number))
      : null,
    installation_id: fleet.installations[agent] || null,
    platform: platform === '' ? null : (JSON.parse(platform) as KnownPlatform),
    seq: columns.last_seq[agent] as number,
    status_seq: columns.status_seq[agent] as number,
    last_error_seq: (columns.error_seq[agent] as number) || null,
    metadata,
  }
}

const toTime = (ms: number): string => new Date(ms).toISOString()
