// What the processes of a child use, as the metrics of a heartbeat.

import type { AgentMetrics } from '../../core/installation.ts'
import { membersOf } from './process-group.ts'

/**
 * Each call gives what holds since the call before: `cpu_percent` of one core (200 is two cores busy), and what holds
 * now: `rss_bytes` (shared pages count for each process) and `processes`.
 */
export function meterGroup(leader: number, monotonic_ms: () => number): () => Promise<AgentMetrics> {
  let before = { at_ms: monotonic_ms(), cpu_ms: 0 }
  return async () => {
    const members = await membersOf(leader)
    const now = { at_ms: monotonic_ms(), cpu_ms: sum(members.map(({ cpu_ms }) => cpu_ms)) }
    const elapsed_ms = Math.max(1, now.at_ms - before.at_ms)
    // A process that nobody waited for takes its time with it: no use is below zero.
    const spent_ms = Math.max(0, now.cpu_ms - before.cpu_ms)
    before = now
    return {
      cpu_percent: Math.round((spent_ms / elapsed_ms) * 1000) / 10,
      rss_bytes: sum(members.map(({ rss_bytes }) => rss_bytes)),
      processes: members.length,
    }
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0)
