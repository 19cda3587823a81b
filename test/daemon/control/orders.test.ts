// Orders without a gateway around them: how they end, how they are pushed, and how they are audited, against a real broker.

import { Kvm } from '@nats-io/kv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { parseEventLine } from '../../../src/core/event-line.ts'
import { commandsBucket, type Order } from '../../../src/core/order.ts'
import { runAuditor } from '../../../src/daemon/control/auditor.ts'
import { type Orders, openOrders } from '../../../src/daemon/control/orders.ts'
import { pushOrders } from '../../../src/daemon/control/push-orders.ts'
import { makeStampEvent } from '../../../src/daemon/gateway/stamp.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { until } from '../gateway/running-gateway.ts'

let nats: TestNats
let nc: Awaited<ReturnType<typeof connectBroker>>
beforeAll(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectBroker({ url: nats.url, name: 'test' })
})
afterAll(async () => {
  await nc?.close()
  await nats?.stop()
})

/** Each agent has the installations that its name says: `two-i-j` has `i` and `j`. */
async function open(
  now_ms: () => number = Date.now,
  known: 'stopped' | undefined = undefined,
): Promise<Orders> {
  return await openOrders({
    nc,
    now_ms,
    log: { warn() {} },
    targets: {
      ofAgent: (id) =>
        id
          .split('-')
          .slice(1)
          .map((installation_id) => ({
            installation_id: `${id}_${installation_id}`,
            stopped_at_ms: null,
            ended: null,
          })),
      end: async () => {},
      lookUp: async (ids) => new Map(known ? ids.map((id) => [id, known]) : []),
    },
  })
}

const ask = async (orders: Orders, command: Order['command'], agent: string) =>
  await orders.request({ command, reason: 'test', agents: [agent] }, 'ann')
const outcomesOf = (orders: Orders, id: string) =>
  orders.show(id, { offset: 0, limit: 10 })?.orders.map(({ outcome }) => outcome)

test('what one gateway writes another one knows, and both may write the same step', async () => {
  const [one, two] = [await open(), await open()]
  const { command_id } = await ask(one, 'pause', 'shared-i')
  await until(() => two.pendingFor('shared-i_i'), 'the order at the other gateway')
  await Promise.all([
    one.delivered('shared-i_i', command_id, 'sse'),
    two.delivered('shared-i_i', command_id, 'heartbeat'),
    two.acknowledged('shared-i_i', command_id, {}),
    one.acknowledged('shared-i_i', command_id, {}, 'sse'),
  ])
  await until(() => outcomesOf(one, command_id)?.[0] && outcomesOf(two, command_id)?.[0], 'the outcome')
  const [mine, theirs] = [one, two].map((each) => each.show(command_id, { offset: 0, limit: 1 })?.orders[0])
  expect(mine).toEqual(theirs)
  one.close()
  two.close()
})

test('a lease that ran out ends a kill, and leaves a pause to be told', async () => {
  const orders = await open()
  const kill = await ask(orders, 'terminate', 'silent-i')
  const pause = await ask(orders, 'pause', 'quiet-i')
  for (const agent_id of ['silent-i', 'quiet-i'])
    await orders.ended({ agent_id, how: 'lease_expired', at_ms: Date.now() + 1_000 })
  expect(outcomesOf(orders, kill.command_id)).toEqual(['lease_expired'])
  expect(outcomesOf(orders, pause.command_id)).toEqual([null])
  expect(orders.pendingFor('silent-i_i')?.command).toBe('terminate')
  orders.close()
})

test('the end of an agent before the order was asked for is not the end of the order', async () => {
  const orders = await open()
  const kill = await ask(orders, 'terminate', 'again-i')
  await orders.ended({ agent_id: 'again-i', how: 'stopped', at_ms: Date.now() - 60_000 })
  expect(outcomesOf(orders, kill.command_id)).toEqual([null])
  orders.close()
})

test('the goodbye of one of two installations ends the order of that one only', async () => {
  const orders = await open()
  const kill = await ask(orders, 'terminate', 'pair-i-j')
  await orders.ended({ agent_id: 'pair-i-j', how: 'stopped', at_ms: Date.now() + 1_000 })
  expect(outcomesOf(orders, kill.command_id)).toEqual([null, null])
  await orders.gone('pair-i-j', 'pair-i-j_j', 'gone', 'exit 0')
  expect(outcomesOf(orders, kill.command_id)).toEqual([null, 'gone'])
  orders.close()
})

test('an agent that stopped before needs no ending, and cannot pause', async () => {
  const orders = await open(Date.now, 'stopped')
  expect((await ask(orders, 'terminate', 'gone1')).orders[0]).toMatchObject({ outcome: 'already_gone' })
  expect((await ask(orders, 'pause', 'gone2')).orders[0]).toMatchObject({ outcome: 'failed' })
  orders.close()
})

test('a dry run says what would be ordered, and orders nothing', async () => {
  const orders = await open()
  const answer = await orders.request(
    { command: 'revoke', reason: 'r', agents: ['dry-i-j'], dry_run: true },
    'ann',
  )
  expect(answer.orders.map(({ installation_id }) => installation_id)).toEqual(['dry-i-j_i', 'dry-i-j_j'])
  expect(orders.show(answer.command_id, { offset: 0, limit: 1 })).toBeUndefined()
  orders.close()
})

test('a kill that nobody came to hear ends with the lease, and an earlier command counts as superseded', async () => {
  let now_ms = Date.now()
  const orders = await open(() => now_ms)
  const pause = await ask(orders, 'pause', 'absent-i')
  const kill = await ask(orders, 'terminate', 'absent-i')
  expect(outcomesOf(orders, pause.command_id)).toEqual(['superseded'])
  const stopping = new AbortController()
  let looks = 0
  const isOver = async () => ++looks < 0
  const options = { nc, orders, leaseOf: () => 5_000, isOver, now_ms: () => now_ms }
  const pushing = pushOrders({ ...options, onError() {} }, stopping.signal)
  now_ms += 4_000
  await until(() => looks > 0, 'a look while the lease still holds')
  expect(outcomesOf(orders, kill.command_id)).toEqual([null])
  now_ms += 2_000
  await until(() => outcomesOf(orders, kill.command_id)?.[0] === 'lease_expired', 'the end')
  stopping.abort()
  await pushing
  orders.close()
})

/** A stream that stores what `accepts` lets through. */
function collect(accepts: () => boolean) {
  const events: { id: string; agent_id: string; status: string; kind: string }[] = []
  const admit = async (messages: readonly { line: string }[]) => ({
    seqs: messages.map(({ line }) => (accepts() ? events.push(parseEventLine(line, 1)) : 0)),
  })
  return { events, admit }
}

test('the audit waits while the stream is full, tells each step once and in order, and goes on where it was', async () => {
  await (await new Kvm(nc).open(commandsBucket)).destroy()
  const orders = await open()
  let full = true
  const { events, admit } = collect(() => !full)
  const audit = (signal: AbortSignal) =>
    runAuditor({ nc, stamp: makeStampEvent(12), lanes: { admit } }, signal)

  const { command_id } = await ask(orders, 'terminate', 'audited-i')
  const first = new AbortController()
  const auditing = audit(first.signal)
  await orders.acknowledged('audited-i_i', command_id, {}, 'sse')
  expect(events).toEqual([])
  full = false
  await until(() => events.length === 3, 'the audit')
  const cursors = await new Kvm(nc).open('beacon_audit')
  await until(async () => Number((await cursors.get('cursor'))?.string() ?? 0) >= 2, 'the cursor')
  first.abort()
  await auditing

  await orders.gone('audited-i', 'audited-i_i', 'gone', 'exit 0')
  const second = new AbortController()
  const again = audit(second.signal)
  await until(() => events.length === 4, 'the last step')
  second.abort()
  await again
  expect(events.map(({ status, kind, agent_id }) => [status, kind, agent_id])).toEqual(
    ['requested', 'delivered', 'acknowledged', 'gone'].map((step) => [step, 'command', 'audited-i']),
  )
  expect(new Set(events.map(({ id }) => id)).size).toBe(4)
  expect(events[3]).toMatchObject({
    metadata: { outcome: 'gone', detail: 'exit 0', by: 'ann', reason: 'test' },
  })
  orders.close()
})
