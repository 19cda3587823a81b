// The error of an archive whose bytes cannot be trusted: where, and what.

import { BeaconError } from '../../core/errors.ts'

/** The failure of an archive that cannot be read where it must be. */
export function damaged(partition: string, what: string): BeaconError {
  return new BeaconError('archive_damaged', `in the partition ${partition}, ${what} cannot be read`)
}
