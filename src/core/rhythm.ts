// An agent's pace: its rates, the pauses between its events, and its heartbeats, as moving means.

import type { FleetColumns } from './fleet-columns.ts'
import type { FleetEvent } from './fleet-event.ts'

/** A new event weighs a fifth, so that the last ten say nearly everything; the first five weigh the same. */
const weight_min = 0.2
const weightOf = (count: number): number => Math.max(weight_min, 1 / count)
/** One long silence is not yet a rhythm: a pause counts as no more than eight times the mean and a minute. */
const pause_factor_max = 8
const pause_extra_ms = 60_000

/** Takes the event into the agent's pace, before it is counted; `last_seen_ms` moves to it. */
export function countPace(columns: FleetColumns, agent: number, event: FleetEvent, isError: boolean): void {
  const at_ms = event.received_at_ms
  const before = columns.events[agent] as number
  if (before === 0) columns.first_seen_ms[agent] = at_ms
  else {
    // Gateways' clocks differ: an event may be older than the one before it.
    const pause_ms = Math.max(0, at_ms - (columns.last_seen_ms[agent] as number))
    columns.pause_ms[agent] = nextPause(columns.pause_ms[agent] as number, pause_ms, weightOf(before))
    if (pause_ms > 0) decay(columns, agent, pause_ms)
  }
  columns.rate_1[agent] = (columns.rate_1[agent] as number) + 1
  columns.rate_10[agent] = (columns.rate_10[agent] as number) + 1 / 10
  columns.rate_60[agent] = (columns.rate_60[agent] as number) + 1 / 60
  const share = columns.error_share[agent] as number
  columns.error_share[agent] = share + weightOf(before + 1) * ((isError ? 1 : 0) - share)
  columns.last_seen_ms[agent] = Math.max(columns.last_seen_ms[agent] as number, at_ms)
  if (event.kind === 'heartbeat') countHeartbeat(columns, agent, event)
}

/** Each rate forgets by its own time constant: what happened so long ago weighs 1/e. */
function decay(columns: FleetColumns, agent: number, pause_ms: number): void {
  columns.rate_1[agent] = (columns.rate_1[agent] as number) * Math.exp(-pause_ms / 1_000)
  columns.rate_10[agent] = (columns.rate_10[agent] as number) * Math.exp(-pause_ms / 10_000)
  columns.rate_60[agent] = (columns.rate_60[agent] as number) * Math.exp(-pause_ms / 60_000)
}

/** The interval is the one that the heartbeat declares, else the mean of the pauses between them. */
function countHeartbeat(columns: FleetColumns, agent: number, event: FleetEvent): void {
  const before_ms = columns.heartbeat_ms[agent] as number
  const at_ms = Math.max(before_ms, event.received_at_ms)
  columns.heartbeat_ms[agent] = at_ms
  if (event.heartbeat_interval_ms !== undefined)
    columns.heartbeat_interval_ms[agent] = event.heartbeat_interval_ms
  else if (before_ms > 0)
    columns.heartbeat_interval_ms[agent] = nextPause(
      columns.heartbeat_interval_ms[agent] as number,
      at_ms - before_ms,
      weight_min,
    )
}

/** The mean of the pauses with one more in it; `mean_ms` is 0 before the first. */
function nextPause(mean_ms: number, pause_ms: number, weight: number): number {
  if (mean_ms === 0) return pause_ms
  const counted_ms = Math.min(pause_ms, mean_ms * pause_factor_max + pause_extra_ms)
  return mean_ms + weight * (counted_ms - mean_ms)
}
