// Frames and status documents for tests of the screen.

import type { StatusDocument } from '../../src/core/status.ts'
import { type Cells, type FleetFrame, fleetColumns } from '../../src/core/view.ts'

export const start_ms = 1_782_475_200_000

/** One row: agent, status, and the seconds since it was seen. */
export const row = (agent: string, status = 'running', idle_s = 0, text = ''): Cells => [
  agent,
  status,
  'plan',
  1.5,
  0,
  10,
  start_ms - idle_s * 1_000,
  1,
  text,
]

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
    offset: 0,
    columns: [...fleetColumns],
    rows,
    pinned: null,
    groups: null,
    other_groups: 0,
    heatmap: null,
    cell_agent: null,
    series: null,
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
  return {
    profile: 'durable',
    ready: true,
    not_ready_reasons: [],
    books: { accepted: 10, archived: 7, duplicate: 1, quarantined: 1, in_flight: 1, balanced: true },
    services: [],
    ...changes,
  } as unknown as StatusDocument
}
