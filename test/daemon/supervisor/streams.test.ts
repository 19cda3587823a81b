import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { connectHome } from '../../../src/client/endpoints.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { prepareStreams } from '../../../src/daemon/supervisor/prepare-streams.ts'
import type { SupervisorOptions } from '../../../src/daemon/supervisor/run-supervisor.ts'
import { externalBroker } from '../../../src/daemon/supervisor/supervised-broker.ts'
import { makeDisk, whyNoDisk } from '../../kit/disk.ts'
import { startNats } from '../../kit/nats.ts'
import { makeHome, testConfig } from '../../kit/supervised-home.ts'

test('a new stream begins behind the archive, and an old one leaves the archive unopened', async () => {
  await using it = makeHome()
  const nats = await startNats()
  const nc = await connectBroker({ url: nats.url, name: 'test' })
  let asked = 0
  const options: SupervisorOptions = {
    home: it.home,
    config: testConfig,
    http_explicit: true,
    nats_server: null,
    version: '0.0.0-test',
    archiveCursorSeq: async () => {
      asked++
      return 41
    },
  }
  const supervised = externalBroker('', nc)
  const broker = { supervised, nc, url: nats.url, address: '', version: nc.info?.version ?? '' }
  await prepareStreams(options, broker)
  expect((await nc.request('beacon.ev.0.x', '{}')).json()).toMatchObject({ seq: 42 })
  await prepareStreams(options, broker)
  expect((await nc.request('beacon.ev.0.x', '{}')).json()).toMatchObject({ seq: 43 })
  expect(asked).toBe(1)
  await nc.close()
  await nats.stop()
})

test('in fast, the streams of a daemon that just became ready survive the loss of power', async ({
  skip,
}) => {
  const why = whyNoDisk('ext4')
  skip(why !== undefined, why)
  const disk = makeDisk('ext4', 256)
  const it = makeHome(join(disk.path, 'home'))
  const config = { durability: 'fast' as const, max_bytes: 32 * 1024 * 1024 }
  await it.start({ config })
  const made = await streamsMade(it.home)
  const { services, broker } = await it.status()
  disk.cutPower([...services, broker].map((each) => each.pid as number))
  await it.start({ config })
  expect(await streamsMade(it.home)).toEqual(made)
  await it[Symbol.asyncDispose]()
  disk.dispose()
})

/** When each stream was made: one that was lost and made anew is younger. */
async function streamsMade(home: Home): Promise<string[]> {
  const nc = await connectHome(home, 'service', 'test')
  try {
    const jsm = await jetstreamManager(nc)
    return await Promise.all(
      ['BEACON_EVENTS', 'BEACON_IN'].map(async (name) => (await jsm.streams.info(name)).created),
    )
  } finally {
    await nc.close()
  }
}
