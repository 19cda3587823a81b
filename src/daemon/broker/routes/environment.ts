// Route 1a: the nats-server that BEACON_NATS_SERVER names. An explicit choice: it serves or it is an error.

import { resolve } from 'node:path'
import { BeaconError } from '../../../core/errors.ts'
import { findExecutables, isExecutable } from '../find-executable.ts'
import { type NatsServer, probeNatsServer } from '../nats-server.ts'

const hint = 'Let BEACON_NATS_SERVER name a nats-server that fits, or unset it and run `beacon setup`.'

/** Throws `broker_missing` when the named file cannot be run, `broker_unfit` when it is no fitting nats-server. */
export async function fromEnvironment(
  explicitPath: string,
  pathVariable: string,
  signal: AbortSignal,
): Promise<NatsServer> {
  // A bare name means the same as in a shell.
  const path = explicitPath.includes('/')
    ? resolve(explicitPath)
    : findExecutables(explicitPath, pathVariable)[0]
  if (path === undefined || !isExecutable(path)) {
    throw new BeaconError(
      'broker_missing',
      `BEACON_NATS_SERVER names ${explicitPath}, which is no executable file`,
      { hint },
    )
  }
  const outcome = await probeNatsServer(
    { path, route: 'environment', origin: 'named by BEACON_NATS_SERVER' },
    signal,
  )
  if (!outcome.ok) throw new BeaconError('broker_unfit', `BEACON_NATS_SERVER: ${outcome.error}`, { hint })
  return outcome.value
}
