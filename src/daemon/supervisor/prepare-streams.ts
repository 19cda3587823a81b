// The streams of a daemon: there, with the right settings, and on disk.

import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { BeaconError } from '../../core/errors.ts'
import { eventsSubjects } from '../../core/subjects.ts'
import { hasAtomicBatches } from '../broker/broker-fitness.ts'
import { syncStore } from '../broker/sync-store.ts'
import { ensureStreams } from '../stream/ensure-streams.ts'
import type { OpenBroker } from './open-broker.ts'
import type { SupervisorOptions } from './run-supervisor.ts'

export async function prepareStreams(options: SupervisorOptions, broker: OpenBroker): Promise<void> {
  const { home, config } = options
  try {
    const jsm = await jetstreamManager(broker.nc)
    const exists = await jsm.streams.find(eventsSubjects).then(
      () => true,
      () => false,
    )
    await ensureStreams(jsm, {
      max_bytes: config.max_bytes,
      atomic: hasAtomicBatches(broker.version),
      // Only a new stream takes it, so the archive need not be opened for an old one.
      first_seq: exists ? 1 : (await options.archiveCursorSeq(home)) + 1,
      now_ms: Date.now(),
    })
  } catch (error) {
    if (error instanceof BeaconError) throw error
    throw new BeaconError('broker_failed', `the streams cannot be made: ${(error as Error).message}`, {
      cause: error,
    })
  }
  await syncStreams(options, broker)
}

/** In `fast` nobody else puts a new stream or consumer on disk; `durable` does it with each write. */
export async function syncStreams({ home, config }: SupervisorOptions, broker: OpenBroker): Promise<void> {
  if (config.durability === 'fast' && !broker.supervised.external) await syncStore(join(home.broker, 'store'))
}
