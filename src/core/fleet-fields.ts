// What an expression can ask of an agent of the fleet.

import type { KnownPlatform } from './agent-document.ts'
import { eventKinds } from './event.ts'
import { type GetField, scalarOf } from './expression.ts'
import { type Fleet, rateAt } from './fleet.ts'
import { activityOf, hasLease, healthOf, needOf } from './fleet-health.ts'
import { activities, healths, needs } from './health.ts'
import { parseMetadata } from './parse-metadata.ts'

/** The fields of one agent at `now_ms`; `at` moves on to another agent, so that one closure serves a whole scan. */
export function makeFleetFields(fleet: Fleet, now_ms: number): { get: GetField; at(agent: number): void } {
  const { columns } = fleet
  let agent = 0
  let metadata: Record<string, unknown> | undefined
  const secondsSince = (times: Float64Array): number => Math.max(0, now_ms - (times[agent] as number)) / 1_000
  const leaseSeconds = (): number =>
    Math.max(0, (columns.lease_ms[agent] as number) / 1_000 - secondsSince(columns.last_seen_ms))
  const get: GetField = (field) => {
    switch (field) {
      case 'agent':
        return fleet.ids[agent]
      case 'status':
        return fleet.statuses.texts[columns.status[agent] as number]
      case 'task':
        return fleet.tasks.texts[columns.task[agent] as number] || undefined
      case 'kind':
        return eventKinds[columns.kind[agent] as number]
      case 'health':
        return healths[healthOf(fleet, agent, now_ms)]
      case 'needs':
        return needs[needOf(fleet, agent, now_ms)]
      case 'activity':
        return activities[activityOf(fleet, agent)]
      case 'rate':
        return rateAt(fleet, agent, now_ms)
      case 'events':
      case 'errors':
      case 'gaps':
      case 'missing':
        return columns[field][agent]
      case 'platform':
        return platformType(fleet.platforms[agent] as string)
      case 'lease':
        return hasLease(fleet, agent) ? leaseSeconds() : undefined
      case 'idle':
        return secondsSince(columns.last_seen_ms)
      case 'since':
        return secondsSince(columns.status_since_ms)
      default: {
        const key = field === 'role' ? 'role' : field.startsWith('meta.') ? field.slice(5) : undefined
        if (key === undefined) return undefined
        metadata ??= parseMetadata(fleet.metadata[agent] as string)
        return scalarOf(metadata, key)
      }
    }
  }
  return {
    get,
    at(next) {
      agent = next
      metadata = undefined
    },
  }
}

const platformType = (platform: string): string | undefined =>
  platform === '' ? undefined : (JSON.parse(platform) as KnownPlatform).type
