// What an agent tells the SDK, and what it gets back (`connectAgent` in agent.ts).

import type { Json } from '../core/event.ts'
import type { AgentMetrics, Platform, RegisterAnswer, RegisterBody } from '../core/installation.ts'
import type { CommandName } from '../core/order.ts'

/** What an operator asks of this agent. */
export type AgentCommand = {
  command: CommandName
  command_id: string
  reason: string
  by: string
  /** After it whoever runs the agent may end it by force. */
  shutdown_timeout_ms: number
}

export type AgentOptions = {
  /** Base URL of Beacon's HTTP door; a function is asked before each attempt to connect. */
  url: string | (() => string)
  agent_id: string
  /** An install token; not needed where credentials are kept, nor on loopback with `auth = local`. */
  token?: string
  /** Registers in another way than over HTTP. */
  register?(body: RegisterBody): Promise<RegisterAnswer>
  /** Milliseconds between heartbeats; default 60,000. */
  heartbeat_interval_ms?: number
  /** Default: what is found (`detectPlatform`). */
  platform?: Platform
  metadata?: { [field: string]: Json }
  /** Asked before each heartbeat. */
  metrics?(): AgentMetrics | Promise<AgentMetrics>
  /** Where credentials and spool are kept, in files of mode 0600; without it they live in memory. */
  folder?: string
  /** Bytes that the spool may hold while Beacon is away; default 16 MiB. Beyond them the oldest events go, and are counted. */
  spool_bytes_max?: number
  /** Acknowledged when it resolves, reported as failed when it rejects. Each command id comes once. */
  onCommand?(command: AgentCommand): void | Promise<void>
  /** Beacon is reachable, or is not; `lease_expires_ms` (wall clock) is the end of the lease that is held. */
  onConnection?(state: { connected: boolean; reason: string | null; lease_expires_ms: number | null }): void
}

export type AgentEvent = {
  status: string
  kind?: 'state' | 'log' | 'lifecycle'
  metadata?: { [field: string]: Json }
}

export type AgentCounts = {
  stored: number
  waiting: number
  spooled_bytes: number
  dropped: number
  refused: number
}

/** An agent that is connected, or that goes on trying: nothing here throws because Beacon is away. */
export type Agent = {
  readonly agent_id: string
  /** Null until it is registered. */
  readonly installation_id: string | null
  readonly connected: boolean
  /** A numbered `state` event; also what the next heartbeats say. */
  status(status: string, metadata?: AgentEvent['metadata']): void
  /** A numbered event: sent in order, spooled while Beacon is away, stored once. */
  emit(event: AgentEvent): void
  /** A heartbeat now, beside those that are sent by themselves. */
  heartbeat(): Promise<void>
  /** Resolves when everything emitted so far is stored, or after `timeout_ms`; false then. */
  flush(timeout_ms?: number): Promise<boolean>
  counts(): AgentCounts
  /** Says goodbye and closes; what is not stored by then stays in the spool. Default: status `stopped`, 2 s. */
  close(last?: {
    status?: string
    reason?: string
    exit_code?: number | null
    signal?: string | null
    timeout_ms?: number
  }): Promise<void>
}
