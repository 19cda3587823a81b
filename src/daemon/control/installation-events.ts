// What the event stream is told of an installation: its registration, its heartbeats and its goodbye, as events of its agent.

import { isFinalStatus } from '../../core/activity.ts'
import type { Json, Metadata } from '../../core/event.ts'
import { type HeartbeatBody, leaseOf, type RegisterBody, type ShutdownBody } from '../../core/installation.ts'
import type { InstallationRecord } from '../../core/installation-record.ts'
import type { EntryEvent } from '../gateway/door.ts'

export const toRegistered = (
  record: InstallationRecord,
  { platform, metadata }: RegisterBody,
  recovered: boolean,
  by: string,
): EntryEvent => ({
  agent_id: record.agent_id,
  kind: 'lifecycle',
  status: 'registered',
  metadata: toMetadata(metadata, { ...toLease(record), platform, recovered, by }),
})

export const toHeartbeat = (
  record: InstallationRecord,
  { status, uptime_seconds, platform, metrics, metadata }: HeartbeatBody,
): EntryEvent => ({
  agent_id: record.agent_id,
  kind: 'heartbeat',
  status,
  metadata: toMetadata(metadata, { ...toLease(record), uptime_seconds, platform, metrics }),
})

/** Its status is always a last word, whatever the agent said, since the agent has gone. */
export const toGoodbye = (
  { agent_id, installation_id }: InstallationRecord,
  { status = 'stopped', reason, exit_code, signal }: ShutdownBody,
): EntryEvent => ({
  agent_id,
  kind: 'lifecycle',
  status: isFinalStatus(status) ? status : 'stopped',
  metadata: toMetadata(undefined, {
    installation_id,
    said: isFinalStatus(status) ? undefined : status,
    reason,
    exit_code,
    signal,
  }),
})

const toLease = ({ installation_id, interval_ms }: InstallationRecord) => ({
  installation_id,
  lease_ms: leaseOf(interval_ms),
  heartbeat_interval_s: interval_ms / 1_000,
})

/** What Beacon says goes over what the agent says. */
function toMetadata(given: Metadata | undefined, said: { [name: string]: Json | undefined }): Metadata {
  const metadata: Metadata = { ...given }
  for (const [name, value] of Object.entries(said)) if (value !== undefined) metadata[name] = value
  return metadata
}
