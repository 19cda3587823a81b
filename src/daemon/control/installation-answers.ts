// What an installation is told: times of its lease, and the order that it has still to hear of.

import { leaseOf, type ShutdownBody } from '../../core/installation.ts'
import type { Order } from '../../core/order.ts'

export const toTimes = (interval_ms: number, now_ms: number) => ({
  lease_expires_at: new Date(now_ms + leaseOf(interval_ms)).toISOString(),
  next_heartbeat_at: new Date(now_ms + interval_ms).toISOString(),
})

/** An answer knows no `revoke`: the agent is to end, and its tokens end with it. */
export const toCommand = (order: Order | undefined) => ({
  command: order ? (order.command === 'revoke' ? ('terminate' as const) : order.command) : null,
  command_id: order?.command_id ?? null,
  reason: order?.reason ?? null,
})

/** How it ended, in words, for its order. */
export function toDetail({ exit_code, signal, reason }: ShutdownBody): string | undefined {
  if (signal !== undefined && signal !== null) return `ended by ${signal}`
  if (exit_code !== undefined && exit_code !== null) return `exit code ${exit_code}`
  return reason
}
