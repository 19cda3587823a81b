// What the daemon says about itself: the document of `daemon status`, /status and the TUI's header.

import type { Durability } from './config.ts'

export type ServiceState =
  /** Its process runs and is not ready yet. */
  | 'starting'
  | 'up'
  /** Up, but it has reported nothing for a while. */
  | 'degraded'
  /** It ended and is started again after a wait. */
  | 'backoff'
  | 'stopped'

export type ServiceStatus = {
  name: string
  /** `gateway-1`; for services that run once, the name. */
  instance: string
  state: ServiceState
  pid: number | null
  uptime_s: number
  rss_bytes: number | null
  /** Of one core, over the last second. */
  cpu_percent: number | null
  restarts: number
  /** How it last ended, when that was not asked for. */
  last_exit: string | null
  /** What the service reports about itself: flat, units last in the names. */
  stats: Record<string, number | string | boolean | null>
}

export type BrokerStatus = ServiceStatus & {
  /** An external NATS: not ours to start, stop or measure. */
  external: boolean
  version: string
  address: string
  stream: { messages: number; bytes: number; max_bytes: number; first_seq: number; last_seq: number } | null
}

/**
 * Every accepted event is in exactly one place: accepted = archived + duplicate + quarantined + in_flight. Reports (core/bar-report.ts)
 * stand in the same stream and nobody sent them: they are in none of these.
 */
export type Books = {
  accepted: number
  archived: number
  duplicate: number
  quarantined: number
  in_flight: number
  /** Archived. */
  reports: number
  balanced: boolean
}

export type StatusDocument = {
  schema: 'beacon.status.v1'
  version: string
  /** Of this run of the daemon, as in run/daemon.json. */
  id: string
  home: string
  pid: number
  started_at: string
  uptime_s: number
  profile: Durability
  /** What an acknowledged event survives. */
  promise: string
  http: string
  nats: string
  services: ServiceStatus[]
  broker: BrokerStatus
  disk: { free_bytes: number; total_bytes: number; disk_low: boolean }
  /** Null while the archiver or the broker cannot be asked. */
  books: Books | null
  ready: boolean
  not_ready_reasons: string[]
  /** True when nobody answered and this is what the supervisor last wrote down. */
  degraded: boolean
}

export function durabilityPromise(profile: Durability, external: boolean): string {
  if (external)
    return 'an acknowledged event is as safe as the external NATS keeps it: its own sync_interval decides what the loss of power takes'
  return profile === 'durable'
    ? 'an acknowledged event survives kill -9 of anything and the loss of power'
    : 'an acknowledged event survives kill -9 of anything; up to about 100 ms of them may go with the power'
}

/** `report_seqs`: the reports in the stream that may not be archived yet. */
type StreamSeqs = { last_seq: number; report_seqs?: readonly number[] }
type ArchiverStats = Record<string, number | string | boolean | null>

/**
 * The books of one moment. The archiver's numbers belong to one cursor, and the distance from there to the end of the
 * stream is what is in flight, so a stream position read later does not unbalance them.
 */
export function toBooks(archiver: ArchiverStats | undefined, stream: StreamSeqs | null): Books | null {
  if (!archiver || !stream) return null
  const count = (key: string): number | undefined =>
    typeof archiver[key] === 'number' ? archiver[key] : undefined
  const archived = count('archived_total')
  const duplicate = count('duplicate_total')
  const quarantined = count('quarantined_total')
  const cursor = count('cursor_seq')
  const baseline = count('baseline_seq')
  const reports = count('reports_total') ?? 0
  const repeated = count('repeated_reports_total') ?? 0
  if (
    archived === undefined ||
    duplicate === undefined ||
    quarantined === undefined ||
    cursor === undefined ||
    baseline === undefined
  )
    return null
  const last = Math.max(stream.last_seq, cursor)
  const isInFlight = (seq: number): boolean => seq > cursor && seq <= last
  const reportsInFlight = stream.report_seqs?.filter(isInFlight).length ?? 0
  const accepted = last - baseline - reports - repeated - reportsInFlight
  const inFlight = last - cursor - reportsInFlight
  return {
    accepted,
    archived,
    duplicate,
    quarantined,
    in_flight: inFlight,
    reports,
    balanced: accepted === archived + duplicate + quarantined + inFlight,
  }
}
