// What an expression can ask of an agent of the fleet.

import { eventKinds } from './event.ts'
import { type GetField, scalarOf } from './expression.ts'
import { type Fleet, rateAt } from './fleet.ts'

/** The fields of one agent at `now_ms`; `at` moves on to another agent, so that one closure serves a whole scan. */
export function makeFleetFields(fleet: Fleet, now_ms: number): { get: GetField; at(agent: number): void } {
  const { columns } = fleet
  let agent = 0
  let metadata: Record<string, unknown> | undefined
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
      case 'rate':
        return rateAt(fleet, agent, now_ms)
      case 'errors':
        return columns.errors[agent]
      case 'idle':
        return Math.max(0, now_ms - (columns.last_seen_ms[agent] as number)) / 1_000
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

function parseMetadata(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
