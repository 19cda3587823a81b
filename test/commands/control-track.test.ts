import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isConfirmed, OrderTrack, stepAfter_ms } from '../../src/commands/control-track.ts'
import { type OrderChange, stepOrder, toOrder } from '../../src/core/order-step.ts'

const start_ms = Date.parse('2026-06-26T12:00:00Z')
const at = (ms: number): string => new Date(start_ms + ms).toISOString()

const requested = toOrder({
  command_id: 'c1',
  command: 'terminate',
  agent_id: 'agent-001',
  installation_id: 'i1',
  reason: 'test',
  by: 'ada',
  scope: { kind: 'agents', text: 'agent-001', targets: 1 },
  shutdown_timeout_ms: 3_000,
  requested_at: at(0),
})
const changes: OrderChange[] = [
  { step: 'delivered', at: at(3), via: 'sse' },
  { step: 'acknowledged', at: at(5), via: 'sse' },
  { step: 'gone', at: at(40), outcome: 'gone' },
]
/** The order as it is at first, and after each of its changes. */
const revisions = [requested]
for (const change of changes) revisions.push(stepOrder(revisions.at(-1) ?? requested, change) ?? requested)

describe('OrderTrack', () => {
  test('each step is told once, however the revisions come', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...revisions), { minLength: 1 }), (heard) => {
        const track = new OrderTrack()
        const told = heard.flatMap((order) => track.take(order)).map(({ step }) => step)
        const latest = Math.max(...heard.map((order) => revisions.indexOf(order)))
        expect(told).toEqual(['requested', 'delivered', 'acknowledged', 'gone'].slice(0, latest + 1))
        expect(track.orders).toEqual([revisions[latest]])
        expect(track.open).toBe(latest === 3 ? 0 : 1)
      }),
    )
  })

  test('two installations of one agent are two orders', () => {
    const track = new OrderTrack()
    track.take(requested)
    track.take({ ...requested, installation_id: 'i2' })
    expect(track.open).toBe(2)
  })

  test('an outcome is news although no step came with it', () => {
    const track = new OrderTrack()
    track.take(requested)
    track.take({ ...requested, outcome: 'superseded' })
    expect(track.open).toBe(0)
  })
})

test('the time of a step is told from the request on', () => {
  const [, , , gone = requested] = revisions
  expect(stepAfter_ms(gone, 'gone')).toBe(40)
  expect(stepAfter_ms(gone, 'failed')).toBeNull()
})

test.each([
  ['confirmed', true],
  ['gone', true],
  ['already_gone', true],
  ['lease_expired', false],
  ['superseded', false],
  ['failed', false],
  [null, false],
] as const)('an order that ended as %s is confirmed: %s', (outcome, confirmed) => {
  expect(isConfirmed({ ...requested, outcome })).toBe(confirmed)
})
