// Commands and orders for tests of the screen.

import type { CommandAnswer, CommandDocument, CommandSummary, Order } from '../../../src/core/order.ts'
import { start_ms } from '../frames.ts'

export const at = (after_ms: number): string => new Date(start_ms + after_ms).toISOString()

export const makeOrder = (agent_id: string, changes: Partial<Order> = {}): Order => ({
  schema: 'beacon.order.v1',
  command_id: 'c-1',
  command: 'terminate',
  agent_id,
  installation_id: '01900000-0000-7000-8000-00000000abcd',
  reason: 'spends too much',
  by: 'ada@host',
  scope: { kind: 'agents', text: agent_id, targets: 1 },
  shutdown_timeout_ms: 5_000,
  requested_at: at(0),
  delivered_at: null,
  via: null,
  acknowledged_at: null,
  gone_at: null,
  failed_at: null,
  outcome: null,
  detail: null,
  news: [],
  ...changes,
})

export const makeSummary = (changes: Partial<CommandSummary> = {}): CommandSummary => ({
  command_id: 'c-1',
  command: 'terminate',
  reason: 'spends too much',
  by: 'ada@host',
  scope: { kind: 'agents', text: '12 agents', targets: 12 },
  requested_at: at(0),
  changed_at: at(840),
  orders: 12,
  delivered: 12,
  acknowledged: 10,
  gone: 8,
  failed: 0,
  ended: 8,
  ...changes,
})

export const makePage = (orders: Order[], changes: Partial<CommandSummary> = {}): CommandDocument => ({
  schema: 'beacon.command.v1',
  summary: makeSummary({ orders: orders.length, ...changes }),
  orders,
})

/** What a dry run answers: an order for each of the agents. */
export const makePreview = (orders: Order[], unknown: string[] = []): CommandAnswer => ({
  schema: 'beacon.command.v1',
  command_id: 'c-1',
  command: 'terminate',
  dry_run: true,
  orders,
  unknown,
})
