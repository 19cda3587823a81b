// The door for any NATS client: published to by the legacy `nats` package, a stranger that knows nothing of Beacon.

import { Kvm } from '@nats-io/kv'
import { connect as connectStranger } from 'nats'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBeatFeed } from '../../../src/client/beat-feed.ts'
import { connectBroker } from '../../../src/client/connect.ts'
import { eventsStream, inStream, toAgentToken } from '../../../src/core/subjects.ts'
import { makeClaims } from '../../../src/daemon/gateway/claims.ts'
import { makeGatewayCounts } from '../../../src/daemon/gateway/gateway-counts.ts'
import { runInlet } from '../../../src/daemon/gateway/inlet.ts'
import { inletConsumerName } from '../../../src/daemon/gateway/inlet-consumer.ts'
import type { Lanes } from '../../../src/daemon/gateway/lanes.ts'
import { countRefusedClaims } from '../../../src/daemon/gateway/refused-claims.ts'
import { makeStampEvent } from '../../../src/daemon/gateway/stamp.ts'
import { watchDisconnects } from '../../../src/daemon/stream/disconnects.ts'
import { makePublisher } from '../../../src/daemon/stream/publish-batch.ts'
import { beatUntilHeard, claimOf, sendBeat } from './beats.ts'
import {
  type Broker,
  freeze,
  type Running,
  readEvents,
  readMessages,
  startBroker,
  startGateway,
  until,
} from './running-gateway.ts'

let broker: Broker
let gateways: Running[] = []
let stranger: Awaited<ReturnType<typeof connectStranger>>

async function open(options: Parameters<typeof startBroker>[0] = {}) {
  broker = await startBroker(options)
  stranger = await connectStranger({ servers: broker.nats.url })
}
const startOne = async (instance = 'gateway-1', lease_ttl_ms = 600) => {
  const gateway = await startGateway(broker.nats.url, { instance }, { lease_ttl_ms })
  gateways.push(gateway)
  return gateway
}

afterEach(async () => {
  broker.nats.child.kill('SIGCONT')
  for (const gateway of gateways) await gateway.stop()
  gateways = []
  await stranger.close()
  await broker.stop()
})

/** Resolves with the sequence in BEACON_IN once JetStream has it. */
const publish = async (agent: string, body: unknown) =>
  (await stranger.jetstream().publish(`beacon.in.${toAgentToken(agent)}`, encode(body))).seq
const encode = (body: unknown) =>
  body instanceof Uint8Array
    ? body
    : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
const untilEmpty = () =>
  until(async () => (await broker.jsm.streams.info(inStream)).state.messages === 0, 'BEACON_IN to be empty')

describe('with one gateway', () => {
  beforeEach(async () => {
    await open()
    await startOne()
  })

  test('a stranger publishes, and the event is admitted with the sequence of BEACON_IN', async () => {
    const ids = ['plain', 'with.dots', 'with spaces', 'émoji 🤖', '*>%41', 'a/b?c#d']
    const seqs = []
    for (const id of ids) seqs.push(await publish(id, { status: 'running', agent_seq: 3 }))
    seqs.push(await publish('named', { agent_id: 'named', status: 's' }))
    await untilEmpty()
    const events = await readEvents(broker)
    const sequenceOf = new Map(events.map(({ agent_id, in_seq }) => [agent_id, in_seq]))
    expect([...ids, 'named'].map((id) => sequenceOf.get(id))).toEqual(seqs)
    expect(events[0]).toMatchObject({ status: 'running', agent_seq: 3, kind: 'state' })
  })

  test('what is invalid goes to quarantine with its reason, and holds nothing back', async () => {
    const publishRaw = (subject: string, body: unknown) => stranger.jetstream().publish(subject, encode(body))
    await publish('a', { status: 'first' })
    const { seq } = await publishRaw('beacon.in.a', '{"status":')
    await publish('a', { status: 's', agent_id: 'b' })
    await publish('a', { status: '' })
    await publish('a', 'null')
    await publish('a', new Uint8Array([0x22, 0xff, 0x22]))
    await publish('a', { status: 's', x: 'x'.repeat(300_000) })
    await publishRaw('beacon.in.a.b', { status: 's' })
    await publishRaw('beacon.in.%zz', { status: 's' })
    await publishRaw('beacon.in.%00', { status: 's' })
    await publish('a', { status: 'last' })
    await untilEmpty()
    expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['first', 'last'])
    const quarantined = (await readMessages(broker))
      .filter(({ subject }) => subject.startsWith('beacon.quarantine.'))
      .map(({ subject, text }) => ({ place: subject, ...JSON.parse(text) }))
    expect(quarantined.map(({ field }) => field).toSorted()).toEqual(
      ['', '', '', '', 'agent_id', 'agent_id', 'status', 'subject', 'subject'].toSorted(),
    )
    expect(quarantined[0]).toEqual({
      place: expect.stringMatching(/^beacon\.quarantine\.\d+\.a$/),
      reason: expect.stringMatching(/not JSON.*position 10/),
      field: '',
      subject: 'beacon.in.a',
      received_at: expect.stringMatching(/^\d{4}-.*Z$/),
      in_seq: seq,
      body_base64: Buffer.from('{"status":').toString('base64'),
    })
  })

  test('many events of few agents keep their order', async () => {
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          publish(`agent ${i % 5}`, { status: `${round}`, agent_seq: round * 10 + Math.floor(i / 5) + 1 }),
        ),
      )
    }
    await untilEmpty()
    const events = await readEvents(broker)
    expect(events).toHaveLength(1_500)
    for (let i = 0; i < 5; i++) {
      const seqs = events
        .filter(({ agent_id }) => agent_id === `agent ${i}`)
        .map(({ in_seq }) => in_seq as number)
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    }
  })

  test('more bytes than one pull takes keep their order', async () => {
    const filler = 'x'.repeat(240_000)
    const statuses = Array.from({ length: 40 }, (_, i) => `${i}`)
    for (const status of statuses) await publish('large', { status, filler })
    await untilEmpty()
    expect((await readEvents(broker)).map(({ status }) => status)).toEqual(statuses)
  })

  test('when the reading is disturbed it begins again at what is not acknowledged', async () => {
    await publish('a', { status: '1' })
    await untilEmpty()
    await broker.jsm.consumers.delete(inStream, inletConsumerName)
    await publish('a', { status: '2' })
    await untilEmpty()
    expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['1', '2'])
  })
})

test.each([true, false])(
  'while BEACON_EVENTS is full nothing is acknowledged; then it goes on by itself, in order (atomic: %s)',
  async (atomic) => {
    await open({ max_bytes: 100_000, atomic })
    await startOne()
    const filler = 'x'.repeat(3_000)
    const seqs = []
    for (let i = 0; i < 60; i++) seqs.push(await publish(`agent ${i % 3}`, { status: 's', filler }))
    await until(() => gateways[0]?.stats().circuit === 'open', 'the stream to be full')
    const before = await readEvents(broker)
    const waiting = (await broker.jsm.streams.info(inStream)).state.messages
    expect(before.length + waiting).toBeGreaterThanOrEqual(60)
    expect(before.length).toBeLessThan(60)
    const read = [...before]
    const readOn = async () => {
      const last = read.at(-1)?.seq ?? 0
      read.push(...(await readEvents(broker)).filter(({ seq }) => seq > last))
    }
    await until(async () => {
      await broker.jsm.streams.purge(eventsStream, { seq: (read.at(-1)?.seq ?? 0) + 1 })
      await readOn()
      return (await broker.jsm.streams.info(inStream)).state.messages === 0
    }, 'BEACON_IN to be empty')
    await readOn()
    expect(dropSeen(read)).toEqual(seqs)
  },
)

test('a reader that dies between storing and acknowledging: its events come again under the same in_seq', async () => {
  await open()
  const seqs = []
  for (const status of ['1', '2', '3']) seqs.push(await publish('a', { status }))
  const claim = encode(claimOf('a', 1_000))
  seqs.push((await stranger.jetstream().publish('backbeat.test.claim.a', claim)).seq)
  await storeAndDie()
  expect((await readEvents(broker)).map(({ in_seq }) => in_seq)).toEqual(seqs)
  expect((await broker.jsm.streams.info(inStream)).state.messages).toBe(4)
  // A beat later the claim is judged as it was the first time.
  await beatUntilHeard(broker, await startOne(), 1_001)
  await untilEmpty()
  const events = await readEvents(broker)
  expect(events.map(({ in_seq }) => in_seq)).toEqual([...seqs, ...seqs])
  expect(dropSeen(events)).toEqual(seqs)
  const claims = events.filter(({ kind }) => kind === 'claim')
  expect(claims.map(({ metadata }) => metadata.on_time)).toEqual([true, true])
})

/** An inlet up to the moment when its first chunk is stored; it never comes to acknowledge it. */
async function storeAndDie() {
  const nc = await connectBroker({ url: broker.nats.url, name: 'dying' })
  const disconnects = watchDisconnects(nc)
  const publisher = makePublisher({ nc, disconnects, id: 'dying', ack_timeout_ms: 5_000 })
  const { promise: stored, resolve } = Promise.withResolvers<void>()
  const lanes: Lanes = {
    async admit(messages) {
      await publisher.publishPlain(messages)
      resolve()
      return await new Promise(() => {})
    },
    blocked: () => undefined,
    depth: () => ({ events: 0, bytes: 0 }),
  }
  const counts = makeGatewayCounts(lanes.depth)
  const quarantine = { partitions: 12, now_ms: Date.now, payload_bytes_max: 2 ** 20 }
  const jsm = broker.jsm
  const refusals = countRefusedClaims(nc, counts.registry)
  const feed = openBeatFeed(nc, { cluster_id: 'test' })
  const claims = makeClaims({ cluster_id: 'test', feed, refusals, beat_wait_ms: 15_000 })
  await until(async () => {
    await sendBeat(broker.nc, 1_000)
    return feed.now()
  }, 'the beat')
  const stamp = makeStampEvent(12)
  const inlet = { nc, jsm, disconnects, lanes, stamp, counts, claims, refusals, quarantine }
  void runInlet(inlet, new AbortController().signal)
  await stored
  await refusals.stop()
  feed.close()
  await nc.close()
}

test('a reader that stops hands over at once', async () => {
  await open()
  const first = await startOne('gateway-1', 600_000)
  await publish('a', { status: '1' })
  await untilEmpty()
  await startOne('gateway-2', 600_000)
  await first.stop()
  gateways.shift()
  await publish('a', { status: '2' })
  await untilEmpty()
  expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['1', '2'])
})

test('a reader that is gone without a word is succeeded when its lease expires, not before', async () => {
  await open()
  const leases = await new Kvm(broker.nc).create('beacon_leases', { ttl: 600, history: 1 })
  await leases.put('inlet', 'gateway-0')
  const renewing = setInterval(() => void leases.put('inlet', 'gateway-0'), 150)
  await startOne()
  await publish('a', { status: '1' })
  await until(() => gateways[0]?.stats().rate_per_s === 0, 'the gateway to have worked a while')
  expect(await readEvents(broker)).toEqual([])
  clearInterval(renewing)
  await untilEmpty()
  expect(await readEvents(broker)).toHaveLength(1)
})

test('a broker that hangs meanwhile loses and reorders nothing', async () => {
  await open()
  await startOne()
  await publish('a', { status: '1' })
  await untilEmpty()
  await freeze(broker)
  const later = Promise.all(['2', '3'].map((status) => publish('a', { status })))
  broker.nats.child.kill('SIGCONT')
  await later
  await untilEmpty()
  expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['1', '2', '3'])
})

/** What readers of the stream keep: core/seen.ts drops what the agent's in_seq has passed. */
function dropSeen(events: { agent_id: string; in_seq?: number }[]): number[] {
  const last = new Map<string, number>()
  const kept: number[] = []
  for (const { agent_id, in_seq = 0 } of events) {
    if (in_seq <= (last.get(agent_id) ?? 0)) continue
    last.set(agent_id, in_seq)
    kept.push(in_seq)
  }
  return kept.toSorted((a, b) => a - b)
}
