import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectBroker } from '../../src/client/connect.ts'
import { type Lease, type LeaseOptions, runWhileHolding } from '../../src/daemon/lease.ts'
import { startNats, type TestNats } from '../kit/nats.ts'
import { eventually } from '../kit/supervised-home.ts'

let nats: TestNats
let nc: NatsConnection
beforeAll(async () => {
  nats = await startNats()
  nc = await connectBroker({ url: nats.url, name: 'test' })
})
afterAll(async () => {
  await nc.close()
  await nats.stop()
})

const long_ms = 60_000

/** One that wants the lease; `terms` are the times it held it. */
function want(key: string, options: Partial<LeaseOptions> = {}) {
  const end = new AbortController()
  const terms: { lease: Lease; lost: AbortSignal }[] = []
  const ran = runWhileHolding(
    {
      nc,
      bucket: `test_${options.ttl_ms ?? long_ms}`,
      key,
      owner: 'one',
      ttl_ms: long_ms,
      signal: end.signal,
      onError: () => {},
      ...options,
    },
    async (lost, lease) => {
      terms.push({ lease, lost })
      if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve))
    },
  )
  return {
    terms,
    held: (times = 1) => eventually('the lease', () => terms.length >= times || undefined),
    async stop() {
      end.abort()
      await ran
    },
  }
}

test('one holds it; when it is released, who waits has it at once', async () => {
  const first = want('released')
  await first.held()
  // Tried once; after that only the release can wake it.
  const second = want('released', { retry_ms: () => long_ms })
  const kv = await new Kvm(nc).open(`test_${long_ms}`)
  await kv.get('released')
  expect(second.terms).toHaveLength(0)
  await first.stop()
  await second.held()
  await second.stop()
})

test('while it is renewed it is valid, and for longer each time', async () => {
  const holder = want('renewed', { ttl_ms: 400 })
  await holder.held()
  const [term] = holder.terms
  const until_ms = term?.lease.validUntil_ms() ?? 0
  expect(until_ms).toBeLessThan(performance.now() + 400)
  await eventually('a renewal', () => (term?.lease.validUntil_ms() ?? 0) > until_ms || undefined)
  expect(term?.lost.aborted).toBe(false)
  await holder.stop()
})

test('a holder whose key is in other hands loses it, and has it again when it is free', async () => {
  const holder = want('taken', { ttl_ms: 1_000 })
  await holder.held()
  const kv = await new Kvm(nc).open('test_1000')
  await kv.put('taken', 'another')
  await eventually('the loss', () => holder.terms[0]?.lost.aborted || undefined)
  await holder.held(2)
  await holder.stop()
})

test('two lives of one owner are told apart', async () => {
  const earlier = want('lives')
  await earlier.held()
  const later = want('lives', { retry_ms: () => 20 })
  const kv = await new Kvm(nc).open(`test_${long_ms}`)
  const holder = (await kv.get('lives'))?.string()
  expect(holder).toMatch(/^one\/\w+$/)
  // As often as it tries, the name alone does not make it the holder.
  for (let i = 0; i < 20; i++) expect((await kv.get('lives'))?.string()).toBe(holder)
  expect(later.terms).toHaveLength(0)
  await earlier.stop()
  await later.held()
  await later.stop()
})
