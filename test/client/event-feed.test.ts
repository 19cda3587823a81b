import { rmSync } from 'node:fs'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { connectBroker } from '../../src/client/connect.ts'
import { type EventFeed, type FeedOptions, openEventFeed } from '../../src/client/event-feed.ts'
import { ensureStreams } from '../../src/daemon/stream/ensure-streams.ts'
import { startNats, type TestNats } from '../kit/nats.ts'

let nats: TestNats
let nc: NatsConnection
let stop: AbortController

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectBroker({ url: nats.url, name: 'test' })
  stop = new AbortController()
  await ensureStreams(await jetstreamManager(nc), {
    max_bytes: 100_000_000,
    atomic: true,
    first_seq: 1,
    now_ms: Date.now(),
  })
})

afterEach(async () => {
  stop.abort()
  await nc.close()
  await nats.stop()
})

async function publish(count: number, agent = 'a'): Promise<void> {
  const js = jetstream(nc)
  for (let i = 0; i < count; i++) await js.publish(`beacon.ev.1.${agent}`, `${i}`)
}

const open = (options: Partial<FeedOptions> = {}) =>
  openEventFeed(nc, { from: 1, signal: stop.signal, ...options })

async function take(feed: EventFeed, count: number): Promise<number[]> {
  const seqs: number[] = []
  while (seqs.length < count) {
    const messages = await feed.next()
    if (!messages) break
    seqs.push(...messages.map((message) => message.seq))
  }
  return seqs
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('reads from the exact sequence, across many small pulls', async () => {
  await publish(100)
  const feed = await open({ from: 11, pull_messages: 7 })
  expect(await take(feed, 90)).toEqual(range(11, 100))
  expect(feed.pending()).toBe(0)
})

test('live events come without asking', async () => {
  const feed = await open()
  const taken = take(feed, 3)
  await publish(3)
  expect(await taken).toEqual([1, 2, 3])
})

test('a pull cut short by its bytes goes on with the next', async () => {
  await publish(50)
  const feed = await open({ pull_bytes: 400 })
  expect(await take(feed, 50)).toEqual(range(1, 50))
})

test('a filter delivers its agent only, and holes are not reported then', async () => {
  await publish(5, 'a')
  await publish(5, 'b')
  await publish(1, 'a')
  const feed = await open({ filter: 'beacon.ev.*.a', onHole: () => expect.unreachable() })
  expect(await take(feed, 6)).toEqual([1, 2, 3, 4, 5, 11])
})

test('a hole in the stream is reported once it is certain', async () => {
  await publish(10)
  const jsm = await jetstreamManager(nc)
  await jsm.streams.deleteMessage('BEACON_EVENTS', 4)
  await jsm.streams.deleteMessage('BEACON_EVENTS', 5)
  const holes: number[][] = []
  const feed = await open({ onHole: (from, to) => holes.push([from, to]) })
  expect(await take(feed, 8)).toEqual([1, 2, 3, 6, 7, 8, 9, 10])
  expect(holes).toEqual([[4, 6]])
})

test('goes on at the next sequence when its consumer is deleted', async () => {
  await publish(5)
  const feed = await open()
  expect(await take(feed, 5)).toEqual(range(1, 5))
  const jsm = await jetstreamManager(nc)
  for await (const info of jsm.consumers.list('BEACON_EVENTS'))
    await jsm.consumers.delete('BEACON_EVENTS', info.name)
  await publish(5)
  expect(await take(feed, 5)).toEqual(range(6, 10))
})

test('goes on at the next sequence after kill -9 and restart of the broker', async () => {
  await publish(5)
  const feed = await open()
  expect(await take(feed, 3)).toEqual(range(1, 5))
  const port = Number(new URL(nats.url).port)
  const reconnected = new Promise<void>((resolve) => {
    void (async () => {
      for await (const status of nc.status()) if (status.type === 'reconnect') resolve()
    })()
  })
  nats.child.kill('SIGKILL')
  await new Promise((resolve) => nats.child.once('exit', resolve))
  const { dir } = nats
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  nats = await startNats({ sync: '100ms', dir, port })
  await reconnected
  await publish(5)
  expect(await take(feed, 5)).toEqual(range(6, 10))
})

test('memory is bounded: pulls stop while the reader does', async () => {
  await publish(100)
  const feed = await open({ pull_messages: 10 })
  await nc.flush()
  const first = await feed.next()
  expect(first?.length).toBeLessThanOrEqual(20)
  expect((first?.length ?? 0) + (await take(feed, 100 - (first?.length ?? 0))).length).toBe(100)
})

test('a reader that gathers gets many at once, few after its wait, and all there is when hurried', async () => {
  const feed = await open()
  const full = feed.next({ messages: 5, wait_ms: 60_000 })
  await publish(5)
  expect((await full)?.length).toBe(5)
  const waited = feed.next({ messages: 5, wait_ms: 20 })
  await publish(1)
  expect((await waited)?.length).toBe(1)
  const hurry = new AbortController()
  const hurried = feed.next({ messages: 5, wait_ms: 60_000, hurry: hurry.signal })
  hurry.abort()
  expect(await hurried).toEqual([])
})
