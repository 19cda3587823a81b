import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { Msg } from '@nats-io/nats-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'

const settings = { max_bytes: 64 * 1024 * 1024, atomic: true, first_seq: 1, now_ms: 1 }

let nats: TestNats
beforeAll(async () => {
  nats = await startNats()
})
afterAll(async () => await nats.stop())

test('a stream from before there were reports takes them and says them on, and keeps what it held', async () => {
  const nc = await connectBroker({ url: nats.url, name: 'test' })
  const jsm = await jetstreamManager(nc)
  await jsm.streams.add({ name: 'BEACON_EVENTS', subjects: ['beacon.ev.>', 'beacon.quarantine.>'] })
  const js = jetstream(nc)
  await js.publish('beacon.ev.0.x', '{}')
  await ensureStreams(jsm, settings)
  const heard: Msg[] = []
  nc.subscribe('backbeat.>', { callback: (_, message) => void heard.push(message) })
  await js.publish('beacon.bar.alpha', 'one', { msgID: 'w-0' })
  await js.publish('beacon.ev.0.x', 'an event')
  expect((await js.publish('beacon.bar.alpha', 'one again', { msgID: 'w-0' })).duplicate).toBe(true)
  // Refused as a whole, so it is not stored: what is not stored is not said.
  await expect(js.publish('beacon.bar.alpha', 'refused', { expect: { lastSequence: 1 } })).rejects.toThrow(
    'wrong last sequence',
  )
  await js.publish('beacon.bar.beta', 'two', { msgID: 'v-0' })
  await nc.flush()
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(2)
  expect(heard.map((each) => [each.subject, each.string(), each.headers?.get('Nats-Sequence')])).toEqual([
    ['backbeat.alpha.bar', 'one', '2'],
    ['backbeat.beta.bar', 'two', '4'],
  ])
  expect((await jsm.streams.info('BEACON_EVENTS')).state).toMatchObject({ first_seq: 1, last_seq: 4 })
  await nc.close()
})

test('daemons that make the streams at the same time all come to have them', async () => {
  const own = await startNats()
  try {
    const nc = await connectBroker({ url: own.url, name: 'test' })
    const jsm = await jetstreamManager(nc)
    await Promise.all(
      [1, 2, 3, 4].map((now_ms) => ensureStreams(jsm, { ...settings, first_seq: now_ms, now_ms })),
    )
    expect((await jsm.streams.names().next()).sort()).toEqual(['BEACON_EVENTS', 'BEACON_IN'])
    await nc.close()
  } finally {
    await own.stop()
  }
})
