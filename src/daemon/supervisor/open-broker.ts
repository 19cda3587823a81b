// The broker of a daemon, embedded or external: running, fit for the profile, and connected.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { BeaconError } from '../../core/errors.ts'
import { assertFit } from '../broker/broker-fitness.ts'
import { loadPasswords, writeExternalUrls } from '../broker/credentials.ts'
import type { SupervisorOptions } from './run-supervisor.ts'
import { externalBroker, type SupervisedBroker, superviseBroker } from './supervised-broker.ts'

export type OpenBroker = {
  supervised: SupervisedBroker
  nc: NatsConnection
  /** With the credentials of the service role. */
  url: string
  address: string
  version: string
}

export async function openBroker(
  options: SupervisorOptions,
  log: Logger,
  signal: AbortSignal,
  onChange: () => void,
): Promise<OpenBroker> {
  return options.config.nats === null
    ? await openEmbedded(options, log, signal, onChange)
    : await openExternal(options, options.config.nats)
}

async function openEmbedded(
  { home, config, nats_server }: SupervisorOptions,
  log: Logger,
  signal: AbortSignal,
  onChange: () => void,
): Promise<OpenBroker> {
  if (!nats_server) throw new BeaconError('broker_missing', 'no nats-server was given')
  assertFit(nats_server.version, config.durability)
  const passwords = loadPasswords(home.credentials)
  const supervised = await superviseBroker({ home, config, nats_server, passwords, signal }, log, onChange)
  try {
    const { address } = supervised
    const url = `nats://service:${passwords.service}@${address}`
    const nc = await connect(url)
    return { supervised, nc, url, address, version: nc.info?.version ?? nats_server.version }
  } catch (error) {
    await supervised.stop(1_000)
    throw error
  }
}

async function openExternal({ home, config }: SupervisorOptions, url: string): Promise<OpenBroker> {
  const nc = await connect(url)
  const address = url
    .split(',')
    .map((each) => new URL(each).host)
    .join(',')
  try {
    const version = nc.info?.version ?? '0.0.0'
    assertFit(version, config.durability)
    if (!nc.info?.jetstream)
      throw new BeaconError('broker_unfit', `the NATS at ${address} runs without JetStream`, {
        hint: 'Enable JetStream on that server, or leave --nats away to run the embedded one.',
      })
    writeExternalUrls(home.credentials, url)
    return { supervised: externalBroker(address, nc), nc, url, address, version }
  } catch (error) {
    await nc.close()
    throw error
  }
}

async function connect(url: string): Promise<NatsConnection> {
  try {
    return await connectBroker({
      url,
      name: 'supervisor',
      timeout_ms: 5_000,
      inbox_prefix: inboxPrefix('service'),
    })
  } catch (error) {
    throw new BeaconError('broker_failed', `it cannot be reached: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
