// Claims that wait: for a gateway, for a beat, for a reader that died with them.

import { jetstream } from '@nats-io/jetstream'
import { afterEach, expect, test } from 'vitest'
import { inStream } from '../../../src/core/subjects.ts'
import type { GatewaySettings } from '../../../src/daemon/gateway/gateway.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import { beatUntilHeard, claimOf, windowOf } from './beats.ts'
import {
  type Broker,
  type Running,
  readEvents,
  readMessages,
  request,
  startBroker,
  startGateway,
  until,
} from './running-gateway.ts'

let broker: Broker
let gateways: Running[] = []

async function start(settings: Partial<GatewaySettings> = {}): Promise<Running> {
  const gateway = await startGateway(broker.nats.url, {}, { lease_ttl_ms: 600, ...settings })
  gateways.push(gateway)
  return gateway
}
afterEach(async () => {
  for (const gateway of gateways) await gateway.stop()
  gateways = []
  await broker.stop()
})

const publish = (subject: string, body: unknown) =>
  jetstream(broker.nc).publish(subject, JSON.stringify(body))
const claim = (agent: string, beat: number, fields: object = {}) =>
  publish(`backbeat.test.claim.${agent}`, claimOf(agent, beat, fields))
const waiting = async () => (await broker.jsm.streams.info(inStream)).state.messages
const untilEmpty = () => until(async () => (await waiting()) === 0, 'BEACON_IN to be empty')
const quarantined = async () =>
  (await readMessages(broker))
    .filter(({ subject }) => subject.startsWith('beacon.quarantine.'))
    .map(({ text }) => JSON.parse(text))

test('a stream from before there were claims takes them, and keeps what it held', async () => {
  broker = await startBroker()
  await broker.jsm.streams.update(inStream, { subjects: ['beacon.in.>'] })
  await publish('beacon.in.a', { status: 'before' })
  await expect(claim('a', 7)).rejects.toThrow()
  await ensureStreams(broker.jsm, { max_bytes: 2 ** 30, atomic: true, first_seq: 1, now_ms: Date.now() })
  await claim('a', 7)
  expect(await waiting()).toBe(2)
})

test('a claim that came while no gateway was there is judged by the time at which it came', async () => {
  broker = await startBroker()
  await claim('a', 1_000)
  await claim('a', 1_001)
  await claim('a', 1_002)
  const gateway = await start()
  // The beat that begins only now.
  await beatUntilHeard(broker, gateway, 1_001)
  await untilEmpty()
  const events = await readEvents(broker)
  expect(events.map(({ metadata }) => [metadata.beat_index, metadata.on_time, metadata.late])).toEqual([
    [1_000, true, false],
    [1_001, true, false],
  ])
  expect(await quarantined()).toMatchObject([{ code: 'claim_too_early' }])
})

test('a claim that comes a bar later is late, also when its gateway was away meanwhile', async () => {
  broker = await startBroker()
  const gateway = await start()
  await beatUntilHeard(broker, gateway, 1_079)
  await gateway.stop()
  gateways = []
  await claim('a', 1_079)
  const next = await start()
  await beatUntilHeard(broker, next, 1_080)
  await claim('b', 1_079)
  await untilEmpty()
  const events = await readEvents(broker)
  expect(events.map(({ agent_id, metadata }) => [agent_id, metadata.on_time, metadata.late])).toEqual([
    ['a', true, false],
    ['b', false, true],
  ])
  expect(events[0]?.metadata.window_id).toBe(windowOf(1_079))
})

test('as long as no beat is known: 503 over HTTP, and through BEACON_IN nothing passes a claim that waits', async () => {
  broker = await startBroker()
  const gateway = await start()
  const post = () =>
    request(`${gateway.url}/ingest/claim`, {
      method: 'POST',
      body: JSON.stringify(claimOf('a', 7)),
      headers: { 'content-type': 'application/json' },
    })
  const unknown = { status: 503, retry_after: '1', body: { code: 'beat_unknown', status: 503 } }
  expect(await post()).toMatchObject(unknown)
  expect(await request(`${gateway.url}/api/v1/status`)).toMatchObject({ status: 503 })
  await claim('a', 7)
  await publish('beacon.in.a', { status: 'behind' })
  // The door of the states needs no beat.
  expect((await gateway.post('{"agent_id":"a","status":"beside"}')).status).toBe(202)
  await until(
    () => (gateways[0]?.stats().accepted_total as number) >= 1,
    'the gateway to have worked a while',
  )
  expect(await waiting()).toBe(2)
  await beatUntilHeard(broker, gateway, 7)
  await untilEmpty()
  expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['beside', 'executing', 'behind'])
  expect(await post()).toMatchObject({ status: 202 })
})

test('where no pulse is at all, claims go to quarantine after a while, and states go on', async () => {
  broker = await startBroker()
  await claim('a', 7)
  await publish('beacon.in.a', { status: 'behind' })
  const gateway = await start({ beat_wait_ms: 300 })
  await untilEmpty()
  expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['behind'])
  expect(await quarantined()).toMatchObject([
    { code: 'beat_unknown', reason: expect.stringContaining('no pulse'), subject: 'backbeat.test.claim.a' },
  ])
  await beatUntilHeard(broker, gateway, 7)
  await claim('a', 7)
  await untilEmpty()
  expect((await readEvents(broker)).map(({ status }) => status)).toEqual(['behind', 'executing'])
})
