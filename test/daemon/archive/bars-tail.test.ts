// Reports from the archive and then from the stream: each once, in order, whatever is archived and purged in between.

import { jetstreamManager } from '@nats-io/jetstream'
import { expect, onTestFinished, test } from 'vitest'
import { ArchiveReader } from '../../../src/daemon/archive/archive-reader.ts'
import { BarsTail } from '../../../src/daemon/archive/bars-tail.ts'
import { startNats } from '../../kit/nats.ts'
import { eventually } from '../../kit/supervised-home.ts'
import { makeTestHome } from '../fleet/kit.ts'
import { connectWithStreams, startArchiver, writeEvent, writeReport } from '../historian/running-historian.ts'
import { beatsPerBar, makeReport } from './make-bars.ts'

test('what was given goes on from the exact next report, through archiving, purges, repeats and restarts', async () => {
  const nats = await startNats()
  const nc = await connectWithStreams(nats.url)
  const home = makeTestHome()
  onTestFinished(async () => {
    await nc.close()
    await nats.stop()
  })
  const jsm = await jetstreamManager(nc)
  const stored: number[] = []
  const write = async (n: number, revision = 0): Promise<void> => {
    stored.push(await writeReport(nc, makeReport(n * beatsPerBar, { revision })))
    await writeEvent(nc, { agent_id: 'a', status: 'running' })
  }
  const archive = async (flush_ms: number) => await startArchiver({ home, url: nats.url, flush_ms })
  const reaches = (archiver: Awaited<ReturnType<typeof archive>>) =>
    eventually('the archive', async () => {
      const { last_seq } = (await jsm.streams.info('BEACON_EVENTS')).state
      return archiver.stats().cursor_seq === last_seq ? true : undefined
    })
  const first = await archive(1)
  for (const n of [1, 2, 3]) await write(n)
  await reaches(first)
  const reader = new ArchiveReader(home.archive)
  const given: number[] = []
  const tail = new BarsTail(reader, nc)
  const take = async (): Promise<void> => {
    for await (const { seq } of tail.next()) given.push(seq)
  }
  await take()
  expect(given).toEqual([])
  await first.stop()

  // In the stream only; then the archiver has them too, and the stream forgets what the tail has not seen.
  await write(4)
  await take()
  expect(given).toEqual(stored.slice(3))
  await writeReport(nc, makeReport(4 * beatsPerBar))
  await writeReport(nc, makeReport(2 * beatsPerBar))
  for (const n of [5, 6]) await write(n)
  await write(5, 1)
  const second = await archive(1)
  await reaches(second)
  await second.stop()
  await jsm.streams.purge('BEACON_EVENTS')
  await write(7)
  await take()
  await take()
  expect(given).toEqual(stored.slice(3))
  // A later one begins where the archive ends.
  const later: number[] = []
  for await (const { seq } of new BarsTail(reader, nc).next()) later.push(seq)
  expect(later).toEqual(stored.slice(-1))
  await reader.close()
}, 30_000)
