// Several daemons on one NATS: the stream forgets only what every archive that lives has.

import { jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { archiveId, openArchiveHolds } from '../../../src/daemon/archive/archive-holds.ts'
import { reconcile } from '../../../src/daemon/archive/reconcile.ts'
import { verifyArchive } from '../../../src/daemon/archive/verify-archive.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { ensureStreams } from '../../../src/daemon/stream/ensure-streams.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually } from '../../kit/supervised-home.ts'
import { makeTestHome, silent } from '../fleet/kit.ts'
import { type Running, type RunOptions, startArchiver, writeEvents } from '../historian/running-historian.ts'
import { makeFolder, openWriter } from './kit.ts'
import { makeEvents } from './make-events.ts'

/** More than half of it, and the stream is purged without a margin. */
const max_bytes = 4 * 1024 * 1024
const text = 'x'.repeat(6_000)
const atOnce = { flush_ms: 1 }
const never = { flush_ms: 600_000, batch: 100_000 }

let nats: TestNats
let nc: NatsConnection

beforeAll(async () => {
  nats = await startNats()
})
afterAll(async () => await nats.stop())

beforeEach(async () => {
  nc = await connectBroker({ url: nats.url, name: 'test' })
  await ensureStreams(await jetstreamManager(nc), { max_bytes, atomic: true, first_seq: 1, now_ms: 1 })
  onTestFinished(async () => {
    const jsm = await jetstreamManager(nc)
    for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name)
    await nc.close()
  })
})

const write = (count: number) =>
  writeEvents(nc, new Array(count).fill({ agent_id: 'a', status: 'running', metadata: { text } }))

const firstSeq = async (): Promise<number> =>
  (await (await jetstreamManager(nc)).streams.info('BEACON_EVENTS')).state.first_seq

async function start(home: Home, options: Partial<RunOptions>): Promise<Running> {
  const archiver = await startArchiver({ home, url: nats.url, ...options })
  onTestFinished(archiver.stop)
  return archiver
}

const reaches = (archiver: Running, seq: number) =>
  eventually('the archive', async () => (archiver.stats().cursor_seq === seq ? true : undefined))

test('what one archive has and the other has not is kept until that has it too, and both prove everything', async () => {
  const [quick, slow] = [makeTestHome(), makeTestHome()]
  const first = await start(quick, atOnce)
  const held = await start(slow, never)
  await write(500)
  await reaches(first, 500)
  const holds = await openArchiveHolds(nc, 'a third one')
  const kv = await new Kvm(nc).open('beacon_archives')
  const said = async (home: Home) => (await kv.get(archiveId(home.archive)))?.json<{ seq: number }>().seq
  await eventually('its word', async () => ((await said(quick)) === 500 ? true : undefined))
  // What the quick one may purge it has had the time to purge.
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect([await firstSeq(), await said(slow)]).toEqual([1, 0])
  const { created } = await (await jetstreamManager(nc)).streams.info('BEACON_EVENTS')
  expect(await holds.othersReached(created)).toBe(0)
  // When it stops it archives what there is, and says so.
  await held.stop()
  await eventually('the purge', async () => ((await firstSeq()) === 501 ? true : undefined))
  await first.stop()
  for (const { archive } of [quick, slow])
    expect(await verifyArchive(archive)).toMatchObject({ findings: [], totals: { events: 500, missing: 0 } })
}, 30_000)

test('an archive that is gone holds the stream only for a while', async () => {
  const home = makeTestHome()
  const archiver = await start(home, atOnce)
  const gone = await openArchiveHolds(nc, 'gone')
  const { created } = await (await jetstreamManager(nc)).streams.info('BEACON_EVENTS')
  await gone.put({ stream_created: created, seq: 100 })
  await write(500)
  await reaches(archiver, 500)
  await eventually('the purge up to it', async () => ((await firstSeq()) === 101 ? true : undefined))
  const { config } = await (await jetstreamManager(nc)).streams.info('KV_beacon_archives')
  expect(config.max_age).toBe(180 * 1e9)
  // As the broker does by itself then.
  await (await new Kvm(nc).open('beacon_archives')).purge('gone')
  await eventually('the purge', async () => ((await firstSeq()) === 501 ? true : undefined))
}, 30_000)

test('an archive of another stream, or of none yet, holds everything', async () => {
  const holds = await openArchiveHolds(nc, 'one')
  expect(await holds.othersReached('now')).toBe(Number.POSITIVE_INFINITY)
  await holds.put({ stream_created: 'now', seq: 7 })
  expect(await holds.othersReached('now')).toBe(Number.POSITIVE_INFINITY)
  const other = await openArchiveHolds(nc, 'two')
  expect(await other.othersReached('now')).toBe(7)
  expect(await other.othersReached('later')).toBe(0)
  await other.put({ stream_created: 'now', seq: 5 })
  expect(await holds.othersReached('now')).toBe(5)
})

test('a stream that came back shorter than one archive is moved on when the others have what it holds', async () => {
  await write(20)
  const jsm = await jetstreamManager(nc)
  const { created } = await jsm.streams.info('BEACON_EVENTS')
  const other = await openArchiveHolds(nc, 'other')
  await other.put({ stream_created: created, seq: 10 })
  const home = makeTestHome()
  const writer = await openWriter(home.archive)
  await writer.beginEpoch({ stream_created: created, baseline_seq: 0 })
  await writer.append(makeEvents(1, 30))
  const holds = await openArchiveHolds(nc, 'longer')
  let done = false
  const signal = new AbortController().signal
  const reconciled = reconcile({ jsm, writer, holds, log: silent, signal }).then(() => {
    done = true
  })
  await eventually('its word', async () => ((await other.othersReached(created)) === 30 ? true : undefined))
  // Longer than it waits for a purge that may be under way.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect([done, await firstSeq()]).toEqual([false, 1])
  await other.put({ stream_created: created, seq: 20 })
  await reconciled
  expect(await firstSeq()).toBe(31)
  await writer.close()
})

test('an archive keeps its name', () => {
  const dir = makeFolder()
  const id = archiveId(dir)
  expect(archiveId(dir)).toBe(id)
  expect(archiveId(makeFolder())).not.toBe(id)
})
