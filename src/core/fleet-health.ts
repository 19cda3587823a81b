// Health, activity and needs of the fleet's agents at a moment, as ordinals of `healths`, `activities` and `needs`.
//
// Pure functions of columns and a moment: nothing is stored, so that replay and time travel judge as the live picture
// did. `now_ms` is the caller's: the fold's own time when the fold is behind. A clock that stands before the last sign
// of life accuses nobody. Called for every agent several times a second: no allocation here.

import type { AgentDocument } from './agent-document.ts'
import type { Fleet } from './fleet.ts'
import { activities, healths, healthThresholds as limits, needs } from './health.ts'
import { leaseLimits } from './installation.ts'

const idle = activities.indexOf('idle')
const busy = activities.indexOf('busy')
const waiting = activities.indexOf('waiting')
const done = activities.indexOf('done')
const healthy = healths.indexOf('healthy')
const late = healths.indexOf('late')
const suspect = healths.indexOf('suspect')
const unhealthy = healths.indexOf('unhealthy')
const stopped = healths.indexOf('stopped')

export const activityOf = ({ columns }: Fleet, agent: number): number => columns.activity[agent] as number

export function healthOf(fleet: Fleet, agent: number, now_ms: number): number {
  const { columns } = fleet
  if (columns.stopped[agent] === 1) return stopped
  const silence_ms = now_ms - (columns.last_seen_ms[agent] as number)
  // Most agents were heard from just now; nobody is expected more often.
  if (silence_ms < soonest_ms || silence_ms < lateAfter(fleet, agent)) return healthy
  if (silence_ms < suspectAfter(fleet, agent)) return late
  return silence_ms < unhealthyAfter(fleet, agent) ? suspect : unhealthy
}

/** The shortest lease's first miss. */
const soonest_ms = (leaseLimits.lease_ms_min / leaseLimits.factor) * limits.late_factor

/**
 * Silence after which the agent is late, in milliseconds. Who waits, is paused or done is expected only if it has
 * heartbeats or a lease, which is its promise to call in. The first miss has some grace, since what comes each 30 s comes
 * after 30.1.
 */
export function lateAfter(fleet: Fleet, agent: number): number {
  const activity = activityOf(fleet, agent)
  if (!hasHeartbeats(fleet, agent)) {
    if (activity === busy) return patience(fleet, agent)
    if (activity !== idle) return Number.POSITIVE_INFINITY
  }
  return expectedInterval(fleet, agent) * limits.late_factor
}

/** A busy agent without a lease may miss heartbeats as well: its tool call may hold its event loop. */
export function suspectAfter(fleet: Fleet, agent: number): number {
  if (isBusyWithoutLease(fleet, agent)) return patience(fleet, agent) * limits.suspect_factor
  return lateAfter(fleet, agent) === Number.POSITIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : expectedInterval(fleet, agent) * limits.suspect_factor
}

/** A busy agent is never called dead, unless its lease is over. */
export function unhealthyAfter(fleet: Fleet, agent: number): number {
  if (hasLease(fleet, agent)) return fleet.columns.lease_ms[agent] as number
  if (activityOf(fleet, agent) === busy || lateAfter(fleet, agent) === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY
  return expectedInterval(fleet, agent) * limits.unhealthy_factor
}

/** How often the agent is expected to be heard from, in milliseconds … */
export function expectedInterval(fleet: Fleet, agent: number): number {
  const { heartbeat_interval_ms, lease_ms, pause_ms } = fleet.columns
  if (hasLease(fleet, agent)) return (lease_ms[agent] as number) / leaseLimits.factor
  switch (expectedFrom(fleet, agent)) {
    case 'heartbeat':
      return Math.max(heartbeat_interval_ms[agent] as number, limits.interval_ms_min)
    case 'rhythm':
      return Math.max((pause_ms[agent] as number) * limits.rhythm_factor, limits.rhythm_ms_min)
    case 'default':
      return limits.interval_ms_default
  }
}

/** … and from what that is known: its heartbeats, its own rhythm, or not at all. */
export function expectedFrom(fleet: Fleet, agent: number): AgentDocument['expected_from'] {
  if (hasHeartbeats(fleet, agent)) return 'heartbeat'
  return (fleet.columns.events[agent] as number) < limits.rhythm_events_min ? 'default' : 'rhythm'
}

const hasHeartbeats = (fleet: Fleet, agent: number): boolean =>
  (fleet.columns.heartbeat_interval_ms[agent] as number) > 0 || hasLease(fleet, agent)

export const hasLease = ({ columns }: Fleet, agent: number): boolean =>
  (columns.lease_ms[agent] as number) > 0

const isBusyWithoutLease = (fleet: Fleet, agent: number): boolean =>
  activityOf(fleet, agent) === busy && !hasLease(fleet, agent)

/** How long a step of a tool or task may take. */
const patience = (fleet: Fleet, agent: number): number =>
  Math.max(expectedInterval(fleet, agent), limits.busy_patience_ms)

const noNeed = needs.indexOf('none')
const isUnhealthy = needs.indexOf('unhealthy')
const isStuck = needs.indexOf('stuck')
const isWaiting = needs.indexOf('waiting')
const isErroring = needs.indexOf('erroring')
const isFinished = needs.indexOf('finished')
const hasGaps = needs.indexOf('gaps')

/** What the agent needs a person for, the most urgent. `health` spares judging it a second time. */
export function needOf(
  fleet: Fleet,
  agent: number,
  now_ms: number,
  health: number = healthOf(fleet, agent, now_ms),
): number {
  if (health === stopped) return noNeed
  if (health === unhealthy) return isUnhealthy
  const { columns } = fleet
  const activity = activityOf(fleet, agent)
  // A lease that runs out says what became of it soon enough.
  if (health === suspect && isBusyWithoutLease(fleet, agent)) return isStuck
  const silence_ms = now_ms - (columns.last_seen_ms[agent] as number)
  const held_ms = now_ms - (columns.status_since_ms[agent] as number)
  if (activity === waiting && held_ms >= limits.waiting_ms) return isWaiting
  if (columns.in_error[agent] === 1 && held_ms >= limits.in_error_ms) return isErroring
  if ((columns.error_share[agent] as number) >= limits.error_share && hasErred(fleet, agent, silence_ms))
    return isErroring
  if (activity === done && silence_ms >= limits.finished_ms && silence_ms < limits.finished_ms_max)
    return isFinished
  if ((columns.missing[agent] as number) > 0 && isOverdue(fleet, agent, now_ms)) return hasGaps
  return noNeed
}

const hasErred = ({ columns }: Fleet, agent: number, silence_ms: number): boolean =>
  (columns.errors[agent] as number) >= limits.errors_min && silence_ms < limits.error_share_ms_max

const isOverdue = ({ columns }: Fleet, agent: number, now_ms: number): boolean =>
  now_ms - (columns.gap_ms[agent] as number) >= limits.missing_ms
