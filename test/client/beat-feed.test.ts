import { headers, type NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type BeatFeed, type BeatFeedOptions, openBeatFeed } from '../../src/client/beat-feed.ts'
import { connectBroker } from '../../src/client/connect.ts'
import { toWindowId } from '../../src/core/beat.ts'
import { pulseHeader } from '../../src/core/beat-frame.ts'
import { backbeatSubjects } from '../../src/core/pulse-document.ts'
import { startNats, type TestNats } from '../kit/nats.ts'
import { makeFakePulse } from './fake-pulse.ts'

const subjects = backbeatSubjects('test')
let nats: TestNats
let nc: NatsConnection

beforeEach(async () => {
  nats = await startNats()
  nc = await connectBroker({ url: nats.url, name: 'test' })
})

afterEach(async () => {
  await nc.close()
  await nats.stop()
})

async function open(options: Partial<BeatFeedOptions> = {}): Promise<BeatFeed> {
  const feed = openBeatFeed(nc, { cluster_id: 'test', ...options })
  onTestFinished(() => feed.close())
  await nc.flush()
  return feed
}

/** A message that went the same way has passed everything before it. */
async function settle(): Promise<void> {
  await nc.flush()
  await new Promise((resolve) => setImmediate(resolve))
  await nc.flush()
}

test('tells each frame once and in order, late ones too', async () => {
  const taken: number[] = []
  await open({ onFrame: (frame) => taken.push(frame.beat_index) })
  const pulse = makeFakePulse(nc)
  for (const index of [3, 3, 4]) await pulse.beat(index, 120)
  for (const index of [4, 5, 6]) await pulse.beat(index, 120, {}, { epoch: 2, leader: 'b', late_ms: 900 })
  await pulse.beat(7, 120)
  await vi.waitFor(() => expect(taken).toEqual([3, 4, 5, 6]))
})

test('what is no frame is counted, misleads nobody, and the next frame is heard', async () => {
  const feed = await open()
  const pulse = makeFakePulse(nc)
  await pulse.beat(3, 120)
  for (const text of ['', 'null', '[]', '{}', '{"beat_index":9}', '\u0000', '['.repeat(10_000)])
    nc.publish(subjects.beat, text)
  await pulse.beat(9, 120, { tempo_bpm: 0 })
  await pulse.beat(9, 120, { window_id: toWindowId('test', 400) }, { epoch: 9 })
  await pulse.beat(9, 120, { cluster_id: 'other' }, { epoch: 9 })
  await pulse.beat(9, 120, {}, { epoch: -1 })
  const header = headers()
  header.set(pulseHeader, '{')
  nc.publish(subjects.beat, '{}', { headers: header })
  await settle()
  expect(feed.facts()).toMatchObject({ heard: 1, refused: 12, epoch: 1, leader: 'a', degraded: false })
  await pulse.beat(4, 120)
  await vi.waitFor(() => expect(feed.now()?.beat_index).toBe(4))
  await pulse.beat(5, 120, {}, { epoch: 0 })
  await vi.waitFor(() => expect(feed.facts()).toMatchObject({ heard: 2, fenced: 1 }))
})

test('asks for the beat until somebody knows it', async () => {
  const feed = await open()
  expect(feed.now()).toBeUndefined()
  expect(feed.facts().degraded).toBe(true)
  const at = new Date().toISOString()
  const status = {
    schema: 'beacon.pulse.v1',
    cluster_id: 'test',
    beat_index: 7,
    beats_per_bar: 4,
    tempo_bpm: 0.1,
    beat_at: at,
    at,
    leader: 'a',
    epoch: 5,
    degraded: false,
  }
  const answers = ['nonsense', '{}', JSON.stringify({ ...status, beat_index: -1 }), JSON.stringify(status)]
  nc.subscribe(subjects.status, {
    callback: (_error, message) => void message.respond(answers.shift() ?? ''),
  })
  await vi.waitFor(() => expect(feed.now()).toMatchObject({ beat_index: 7, from_beat: 4 }), {
    timeout: 15_000,
  })
  expect(answers).toEqual([])
})

test('goes on after the broker was away, and tells when a beat of the past was', async () => {
  const port = Number(new URL(nats.url).port)
  const feed = await open()
  const pulse = makeFakePulse(nc)
  await pulse.beat(3, 120)
  await vi.waitFor(() => expect(feed.now()?.beat_index).toBe(3))
  await nats.stop()
  nats = await startNats({ port })
  await vi.waitFor(() => expect(feed.facts().degraded).toBe(true), { timeout: 5_000 })
  await vi.waitFor(
    async () => {
      await pulse.beat(40, 120, {}, { epoch: 2 })
      expect(feed.facts()).toMatchObject({ heard: 2, degraded: false })
    },
    { timeout: 10_000 },
  )
  const end_ms = feed.endOf(40) ?? 0
  expect(feed.beatAt(end_ms - 1)?.beat_index).toBe(40)
  expect(feed.beatAt(end_ms + 1)?.beat_index).toBe(41)
  expect(feed.facts().drift_ms).toBeGreaterThan(10_000)
})
