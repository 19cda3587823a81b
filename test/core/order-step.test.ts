import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandNames, type Order, orderSteps } from '../../src/core/order.ts'
import {
  endsInstallation,
  isDue,
  isStanding,
  mayReplace,
  type OrderChange,
  stepOrder,
  stepThrough,
  toOrder,
} from '../../src/core/order-step.ts'

const at = (s: number): string => new Date(1_700_000_000_000 + s * 1_000).toISOString()

const makeOrder = (command: Order['command']): Order =>
  toOrder({
    command_id: 'c1',
    command,
    agent_id: 'a',
    installation_id: 'i',
    reason: 'r',
    by: 'ann',
    scope: { kind: 'agents', text: 'a', targets: 1 },
    shutdown_timeout_ms: 5_000,
    requested_at: at(0),
  })

const orders = fc.constantFrom(...commandNames).map(makeOrder)
const via = fc.constantFrom('sse', 'nats', 'heartbeat')
const changes = fc.array(
  fc.oneof(
    fc.record({ step: fc.constant('delivered'), via }),
    fc.record({ step: fc.constant('acknowledged'), via }),
    fc.record({ step: fc.constant('gone'), outcome: fc.constantFrom('gone', 'lease_expired') }),
    fc.record({ step: fc.constant('failed'), detail: fc.constant('why') }),
  ),
  { maxLength: 8 },
)
const toChanges = (some: readonly object[]): OrderChange[] =>
  some.map((each, i) => ({ ...each, at: at(i + 1) }) as OrderChange)

const timesOf = (order: Order) => orderSteps.map((step) => order[`${step}_at`])

test('a step that was taken keeps its time, and an outcome stays what it is', () => {
  fc.assert(
    fc.property(orders, changes, (order, some) => {
      let last = order
      for (const change of toChanges(some)) {
        const next = stepOrder(last, change)
        if (!next) continue
        timesOf(last).forEach((time, i) => {
          if (time !== null) expect(timesOf(next)[i]).toBe(time)
        })
        if (last.outcome !== null) expect(next.outcome).toBe(last.outcome)
        last = next
      }
    }),
  )
})

test('the same word said twice changes nothing', () => {
  fc.assert(
    fc.property(orders, changes, (order, some) => {
      const all = toChanges(some)
      const once = stepThrough(order, all) ?? order
      for (const change of all) expect(stepOrder(once, change)).toBeUndefined()
    }),
  )
})

test('the news of all revisions name each step that was taken, once', () => {
  fc.assert(
    fc.property(orders, changes, (order, some) => {
      const news = [...order.news]
      let last = order
      for (const change of toChanges(some)) {
        const next = stepOrder(last, change)
        if (!next) continue
        news.push(...next.news)
        last = next
      }
      expect(news.toSorted()).toEqual(orderSteps.filter((step) => last[`${step}_at`] !== null).toSorted())
    }),
  )
})

test('several changes in one revision end as they do one by one', () => {
  fc.assert(
    fc.property(orders, changes, (order, some) => {
      let last = order
      for (const change of toChanges(some)) last = stepOrder(last, change) ?? last
      const { news: _, ...together } = stepThrough(order, toChanges(some)) ?? order
      expect(last).toMatchObject(together)
    }),
  )
})

test('an acknowledgement ends a pause, and proves that a kill was delivered without ending it', () => {
  const ack: OrderChange = { step: 'acknowledged', at: at(1), via: 'sse' }
  expect(stepOrder(makeOrder('pause'), ack)).toMatchObject({ outcome: 'confirmed', delivered_at: at(1) })
  expect(stepOrder(makeOrder('revoke'), ack)).toMatchObject({
    outcome: null,
    delivered_at: at(1),
    news: ['delivered', 'acknowledged'],
  })
})

describe('whether the agent has still to be told', () => {
  const told = (order: Order, change: OrderChange): Order => stepOrder(order, change) ?? order
  const silent: OrderChange = { step: 'gone', at: at(1), outcome: 'lease_expired' }
  const goodbye: OrderChange = { step: 'gone', at: at(1), outcome: 'gone' }

  test('not after its goodbye', () => {
    for (const name of commandNames) expect(isDue(told(makeOrder(name), goodbye))).toBe(false)
  })

  test('of its end even when its lease ran out: it may come back', () => {
    for (const name of commandNames) expect(isDue(told(makeOrder(name), silent))).toBe(endsInstallation(name))
  })

  test('delivered is not told: only its own word is', () => {
    const delivered = told(makeOrder('pause'), { step: 'delivered', at: at(1), via: 'sse' })
    expect(isDue(delivered)).toBe(true)
  })

  test('a pause that was confirmed binds who recovers, a resume does not', () => {
    const ack: OrderChange = { step: 'acknowledged', at: at(1), via: 'sse' }
    expect(isStanding(told(makeOrder('pause'), ack))).toBe(true)
    expect(isStanding(told(makeOrder('resume'), ack))).toBe(false)
  })
})

test.each([
  ['pause', 'resume', true],
  ['resume', 'terminate', true],
  ['terminate', 'revoke', true],
  ['terminate', 'terminate', true],
  ['terminate', 'pause', false],
  ['terminate', 'resume', false],
  ['revoke', 'terminate', false],
] as const)('%s that is open gives way to %s: %s', (before, next, gives) => {
  expect(mayReplace(makeOrder(before), next)).toBe(gives)
})
