// Health, activity and needs of the fleet's agents at a moment, as ordinals of `healths`, `activities` and `needs`.

import { type Fleet, isErrorStatus } from './fleet.ts'
import { activities, healths, needs } from './health.ts'

const late_ms = 20_000

export function healthOf({ columns }: Fleet, agent: number, now_ms: number): number {
  const missed = Math.floor((now_ms - (columns.last_seen_ms[agent] as number)) / late_ms)
  return Math.max(0, Math.min(missed, healths.indexOf('unhealthy')))
}

export function activityOf({ columns, statuses }: Fleet, agent: number): number {
  const status = statuses.texts[columns.status[agent] as number]
  return activities.indexOf(status === 'running' ? 'busy' : status === 'waiting' ? 'waiting' : 'idle')
}

export function needOf(fleet: Fleet, agent: number, now_ms: number): number {
  if (healthOf(fleet, agent, now_ms) === healths.indexOf('unhealthy')) return needs.indexOf('unhealthy')
  const status = fleet.statuses.texts[fleet.columns.status[agent] as number] as string
  return isErrorStatus(status) ? needs.indexOf('erroring') : 0
}
