// One agent in full: the document of `beacon agent ID`, GET /api/v1/agents/:id and the agent view.

import type { Json } from './event.ts'
import type { Activity, Health, Need, Reason } from './health.ts'

/** As the agent told it: any text, so who prints it escapes it. `type` is `docker`, `kubernetes`, `lambda`, `bare_metal` or another. */
export type KnownPlatform = { type: string; [field: string]: string | number }

export type AgentDocument = {
  schema: 'beacon.agent.v1'
  /** The moment that it speaks of, RFC 3339. */
  at: string
  agent_id: string
  health: Health
  status: string
  status_since: string
  activity: Activity
  needs: Need
  /** Why Beacon thinks so, what its need rests on first; never empty. */
  reasons: Reason[]
  task: string | null
  role: string | null
  /** Kind of the last event. */
  kind: string
  /** Events per second, exponentially weighted. */
  rate_1s: number
  rate_10s: number
  rate_60s: number
  events: number
  errors: number
  /** Share of errors among its recent events, 0 to 1. */
  error_share: number
  /** Times a number was passed over, came late, and numbers that are missing now. */
  gaps: number
  reorders: number
  missing: number
  first_seen: string
  last_seen: string
  idle_s: number
  /** How often it is expected to be heard from, in seconds, and from what that is known. */
  expected_interval_s: number
  expected_from: 'heartbeat' | 'rhythm' | 'default'
  last_heartbeat: string | null
  /** Unless it is heard from before. Null without a lease, and after a goodbye. */
  lease_expires_at: string | null
  /** Of the process that called in last: its installation, and where it runs. */
  installation_id: string | null
  platform: KnownPlatform | null
  /** Sequences of the last event, and of the one that brought the present status; 0 when it named none yet. */
  seq: number
  status_seq: number
  last_error_seq: number | null
  /** Of the last event. Large metadata is shortened, and then has a field `beacon.shortened` with the length of the whole. */
  metadata: { [key: string]: Json }
}
