import { expect, test } from 'vitest'
import {
  makeNamer,
  toFigures,
  toProgress,
  toQuestion,
  toStepLine,
  toUnconfirmed,
} from '../../src/commands/control-text.ts'
import type { Order } from '../../src/core/order.ts'

const at = (ms: number): string => new Date(Date.parse('2026-06-26T12:00:00Z') + ms).toISOString()

const makeOrder = (fields: Partial<Order> = {}): Order => ({
  schema: 'beacon.order.v1',
  command_id: 'c1',
  command: 'terminate',
  agent_id: 'agent-001',
  installation_id: null,
  reason: 'spends too much',
  by: 'ada',
  scope: { kind: 'agents', text: 'agent-001', targets: 1 },
  shutdown_timeout_ms: 3_000,
  requested_at: at(0),
  delivered_at: null,
  via: null,
  acknowledged_at: null,
  gone_at: null,
  failed_at: null,
  outcome: null,
  detail: null,
  news: [],
  ...fields,
})

test('a step is a line: who, what, when after the request, and what else is known', () => {
  const order = makeOrder({
    delivered_at: at(3),
    via: 'sse',
    gone_at: at(12_345),
    outcome: 'gone',
    detail: 'SIGTERM',
  })
  const line = (step: 'requested' | 'delivered' | 'gone', time: string) =>
    toStepLine({ order, step, at: time }, 'agent-001', 10)
  expect(line('requested', at(0))).toBe('agent-001   requested     12:00:00.000  terminate: spends too much')
  expect(line('delivered', at(3))).toBe('agent-001   delivered            +3 ms  over sse')
  expect(line('gone', at(12_345))).toBe('agent-001   gone               +12.3 s  SIGTERM')
})

test('nothing that an agent says steers the terminal', () => {
  const hostile = 'evil\u001b[2J\u202e'
  const order = makeOrder({
    agent_id: hostile,
    reason: hostile,
    detail: hostile,
    gone_at: at(1),
    outcome: 'gone',
  })
  const nameOf = makeNamer([order])
  const lines = [
    nameOf(order),
    toUnconfirmed([{ ...order, outcome: null }]),
    ...(['requested', 'gone'] as const).map((step) =>
      toStepLine({ order, step, at: at(1) }, nameOf(order), 10),
    ),
  ]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const line of lines) expect(line).not.toMatch(/[\u001b\u202e]/)
})

test('the question counts agents, and their processes where there are more of these', () => {
  const orders = [
    makeOrder({ installation_id: 'i1' }),
    makeOrder({ installation_id: 'i2' }),
    makeOrder({ agent_id: 'b' }),
  ]
  expect(toQuestion('pause', orders.slice(1))).toBe('Pause 2 agents?')
  expect(toQuestion('terminate', orders)).toBe('Terminate 2 agents (3 installations)? It cannot be undone.')
})

test('of many orders each step has its count, its median and its slowest', () => {
  const orders = Array.from({ length: 1_001 }, (_, i) =>
    makeOrder({ agent_id: `a${i}`, delivered_at: at(i), gone_at: i < 3 ? at(2_000 + i) : null }),
  )
  expect(toFigures(orders)).toEqual([
    { step: 'requested', orders: 1_001, p50_ms: 0, max_ms: 0 },
    { step: 'delivered', orders: 1_001, p50_ms: 500, max_ms: 1_000 },
    { step: 'gone', orders: 3, p50_ms: 2_001, max_ms: 2_002 },
  ])
  expect(toProgress(orders)).toBe('1,001 requested · 1,001 delivered · 3 gone')
})

test('who did not confirm is named with the last step, the rest of many is counted', () => {
  const orders = Array.from({ length: 7 }, (_, i) => makeOrder({ agent_id: `a${i}`, delivered_at: at(1) }))
  const done = makeOrder({ agent_id: 'done', outcome: 'gone', gone_at: at(1) })
  expect(toUnconfirmed([done, ...orders])).toBe(
    '7 of 8: a0 delivered, a1 delivered, a2 delivered, a3 delivered, a4 delivered, and 2 more',
  )
  expect(toUnconfirmed([makeOrder({ outcome: 'lease_expired' })])).toBe('1 of 1: agent-001 lease expired')
})

test('installations are told apart where an agent has several', () => {
  const orders = ['one-000001', 'two-000002'].map((installation_id) => makeOrder({ installation_id }))
  const alone = makeOrder({ agent_id: 'b', installation_id: 'three-000003' })
  expect([...orders, alone].map(makeNamer([...orders, alone]))).toEqual([
    'agent-001/000001',
    'agent-001/000002',
    'b',
  ])
})
