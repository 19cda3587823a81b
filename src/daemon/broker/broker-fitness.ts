// Whether a nats-server keeps what the chosen durability profile promises; a weaker one is never taken in silence.

import type { Durability } from '../../core/config.ts'
import { BeaconError } from '../../core/errors.ts'
import { compareVersions, fits, unfitReason } from './version.ts'

/** Throws broker_unfit with the reason and the choice. */
export function assertFit(version: string, durability: Durability): void {
  if (fits(version, durability)) return
  const hint = fits(version, 'fast')
    ? 'Run `beacon setup` for a newer one, or choose --durability fast: up to about 100 ms of acknowledged events may then go with the power.'
    : 'Run `beacon setup` for a newer one.'
  throw new BeaconError('broker_unfit', unfitReason(version, durability), { hint })
}

/** Streams take atomic batches from here on. */
export const hasAtomicBatches = (version: string): boolean => compareVersions(version, '2.12.0') >= 0
