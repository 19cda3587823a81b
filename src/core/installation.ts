// An installation on the wire: registration, heartbeats and goodbye, as HTTP bodies and answers and over NATS.
//
// Source: SEEDS.md 2. Every answer has every field; what does not apply is null.

import type { Json } from './event.ts'
import type { CommandName } from './order.ts'

/** Where an agent runs; every other field is text about that place (`pod_name`, `hostname`, …). */
export type Platform = {
  type: 'lambda' | 'kubernetes' | 'docker' | 'bare_metal'
  [field: string]: string | number
}

export type AgentMetrics = { [name: string]: number }

/** POST /api/v1/installations, `beacon.installations.register`. */
export type RegisterBody = {
  agent_id: string
  /** How often it will call in; default 60 s. */
  heartbeat_interval_seconds?: number
  platform?: Platform
  /** What else is worth knowing: `role`, `version`, … Kept with the `registered` event. */
  metadata?: { [field: string]: Json }
  /** Recovery: goes on with this installation instead of making one; no install token is used up or asked for. */
  installation_id?: string
  refresh_token?: string
}

export type RegisterAnswer = {
  schema: 'beacon.installation.v1'
  installation_id: string
  agent_id: string
  runtime_token: string
  expires_at: string
  token_version: number
  refresh_token: string
  heartbeat_interval_seconds: number
  lease_expires_at: string
  next_heartbeat_at: string
  /** Whether an earlier installation goes on. */
  recovered: boolean
  /** An order that still stands, such as a pause. */
  command: Exclude<CommandName, 'revoke'> | null
  command_id: string | null
  reason: string | null
}

/** POST /api/v1/installations/:id/heartbeat, `beacon.installations.heartbeat` (there with `installation_id`). */
export type HeartbeatBody = {
  /** As in any event: `running`, `paused`, … */
  status: string
  uptime_seconds?: number
  platform?: Platform
  metrics?: AgentMetrics
  metadata?: { [field: string]: Json }
  /** Another interval from now on. */
  heartbeat_interval_seconds?: number
  /** Command ids that were carried out or are about to be. */
  acknowledged?: string[]
}

export type RefreshedToken = {
  runtime_token: string
  refresh_token: string
  expires_at: string
  token_version: number
}

export type HeartbeatAnswer = {
  schema: 'beacon.heartbeat.v1'
  installation_id: string
  agent_id: string
  lease_renewed: boolean
  lease_expires_at: string | null
  next_heartbeat_at: string | null
  /** A revoked installation is told `terminate`, and `revoked`. */
  command: Exclude<CommandName, 'revoke'> | null
  command_id: string | null
  reason: string | null
  revoked: boolean
  shutdown_timeout_ms: number
  /** When the runtime token is within seven days of its end. The old one works until the new one was used. */
  refreshed_token: RefreshedToken | null
}

/** POST /api/v1/installations/:id/shutdown: the last word. */
export type ShutdownBody = {
  /** A last word such as `stopped` or `exited`; default `stopped`. */
  status?: string
  reason?: string
  exit_code?: number | null
  signal?: string | null
}

export type ShutdownAnswer = {
  schema: 'beacon.shutdown.v1'
  installation_id: string
  agent_id: string
  seq: number | null
}

/** Requests over NATS, each with an `Authorization` header but for registration by the agent user. Answers as over HTTP. */
export const installationSubjects = {
  register: 'beacon.installations.register',
  heartbeat: 'beacon.installations.heartbeat',
  shutdown: 'beacon.installations.shutdown',
} as const

export const installationsBucket = 'beacon_installations'

export const leaseLimits = {
  interval_s_default: 60,
  interval_s_min: 1,
  interval_s_max: 86_400,
  factor: 3,
  lease_ms_min: 5_000,
  runtime_token_ms: 90 * 86_400_000,
  refresh_before_ms: 7 * 86_400_000,
  shutdown_timeout_ms: 5_000,
} as const

/** How long an agent may stay silent, in milliseconds, when it calls in each `interval_ms`. */
export const leaseOf = (interval_ms: number): number =>
  Math.max(leaseLimits.factor * interval_ms, leaseLimits.lease_ms_min)
