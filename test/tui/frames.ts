// Frames and status documents for tests of the screen.

import type { StatusDocument } from '../../src/core/status.ts'
import { type AgentRow, type Cells, type FleetFrame, fleetColumns } from '../../src/core/view.ts'

export const start_ms = 1_782_475_200_000

/** One row: agent, status, the seconds since it was seen, its last text, and what else matters. */
export const row = (
  agent: string,
  status = 'running',
  idle_s = 0,
  text = '',
  changes: Partial<AgentRow> = {},
): Cells => {
  const cells: AgentRow = {
    agent,
    health: 'healthy',
    needs: 'none',
    status,
    activity: 'idle',
    task: 'plan',
    rate: 1.5,
    errors: 0,
    events: 10,
    gaps: 0,
    missing: 0,
    status_since_ms: start_ms,
    last_seen_ms: start_ms - idle_s * 1_000,
    last_seq: 1,
    text,
    ...changes,
  }
  return fleetColumns.map((column) => cells[column])
}

export function makeFrame(rows: Cells[], changes: Partial<FleetFrame> = {}): FleetFrame {
  return {
    schema: 'beacon.view.frame.v1',
    type: 'frame',
    view: 'v',
    frame: 1,
    coalesced: 0,
    seq: 100,
    first_seq: 1,
    at_ms: start_ms,
    lag: { events: 0, ms: 0 },
    totals: {
      agents: rows.length,
      by_health: { healthy: rows.length, late: 0, suspect: 0, unhealthy: 0, stopped: 0 },
      by_needs: { unhealthy: 0, stuck: 0, waiting: 0, erroring: 0, finished: 0, gaps: 0 },
      gaps: 0,
      reorders: 0,
      missing: 0,
      by_status: [['running', rows.length]],
      other_statuses: 0,
      events: 100,
      errors: 0,
      duplicates: 0,
      rate_1s: 50,
      rate_10s: 50,
      rate_60s: 50,
    },
    matched: rows.length,
    tag: null,
    offset: 0,
    columns: [...fleetColumns],
    rows,
    pinned: null,
    groups: null,
    other_groups: 0,
    heatmap: { by: 'health', agents_per_cell: 1, cells: '0'.repeat(rows.length) },
    cell_agent: null,
    series: null,
    bars: null,
    changed: null,
    changed_skipped: 0,
    newest: [],
    skipped: 0,
    seconds: { from_s: start_ms / 1_000, counts: [] },
    ...changes,
  }
}

export const newest = (seq: number, agent = 'a', text = '') => ({
  seq,
  received_at_ms: start_ms,
  agent,
  kind: 'state',
  status: 'running',
  text,
})

export function makeStatus(changes: Partial<StatusDocument> = {}): StatusDocument {
  const service = {
    state: 'up' as const,
    pid: 1,
    uptime_s: 60,
    rss_bytes: 50e6,
    cpu_percent: 1,
    restarts: 0,
    last_exit: null,
    stats: {},
  }
  return {
    schema: 'beacon.status.v1',
    id: '0123456789ab',
    version: '0.1.0',
    home: '/tmp/prod',
    pid: 1,
    started_at: new Date(start_ms).toISOString(),
    uptime_s: 60,
    profile: 'durable',
    promise: 'an acknowledged event survives',
    http: 'http://127.0.0.1:8000',
    nats: 'nats://127.0.0.1:4222',
    services: [{ ...service, name: 'gateway', instance: 'gateway-1' }],
    broker: {
      ...service,
      name: 'nats-server',
      instance: 'nats-server',
      external: false,
      version: '2.15.1',
      address: '127.0.0.1:4222',
      stream: { messages: 1, bytes: 1, max_bytes: 8e9, first_seq: 1, last_seq: 10 },
    },
    disk: { free_bytes: 50e9, total_bytes: 100e9, disk_low: false },
    books: {
      accepted: 10,
      archived: 7,
      duplicate: 1,
      quarantined: 1,
      in_flight: 1,
      reports: 0,
      balanced: true,
    },
    ready: true,
    not_ready_reasons: [],
    degraded: false,
    ...changes,
  }
}
