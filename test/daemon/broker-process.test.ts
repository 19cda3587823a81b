import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectBroker } from '../../src/client/connect.ts'
import { readBrokerUrl } from '../../src/client/endpoints.ts'
import {
  type Broker,
  type BrokerOptions,
  brokerConfigFile,
  brokerPidFile,
  startBroker,
} from '../../src/daemon/broker/broker-process.ts'
import { loadPasswords } from '../../src/daemon/broker/credentials.ts'
import { findOrphanBroker, stopOrphanBroker } from '../../src/daemon/broker/orphan-broker.ts'
import { type Home, toHome } from '../../src/daemon/home.ts'
import { prepareFolders } from '../../src/daemon/supervisor/prepare-folders.ts'
import { natsServerPath } from '../kit/nats.ts'
import { eventually, listenSomewhere, refusal } from '../kit/supervised-home.ts'

let home: Home
const running: Broker[] = []

beforeEach(() => {
  // A quote and a space: the paths stand in the server's configuration language.
  home = toHome(mkdtempSync(join(tmpdir(), 'beacon "broker" ')))
  prepareFolders(home)
})
afterEach(async () => {
  for (const broker of running.splice(0)) await broker.stop(true)
  rmSync(home.root, { recursive: true, force: true })
})

async function start(overrides: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({
    home,
    config: { durability: 'durable', max_bytes: 64 * 1024 * 1024 },
    nats_server: { path: natsServerPath(), version: '2.15.1' },
    passwords: loadPasswords(home.credentials),
    ...overrides,
  })
  running.push(broker)
  return broker
}

test('it listens on loopback only, with JetStream in the home, and the URLs name its port', async () => {
  const broker = await start()
  const nc = await connectBroker({ url: readBrokerUrl(home, 'service'), name: 'test' })
  expect(nc.info).toMatchObject({
    host: '127.0.0.1',
    port: broker.port,
    jetstream: true,
    max_payload: 1024 * 1024,
  })
  await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] })
  await nc.close()
  expect(existsSync(join(home.broker, 'store/jetstream/$G/streams/S'))).toBe(true)
  expect(existsSync(join(home.logs, 'nats-server.log'))).toBe(true)
})

test.each([
  ['durable', 'sync_interval: always'],
  ['fast', 'sync_interval: "100ms"'],
] as const)('%s runs with %s', async (durability, line) => {
  await start({ config: { durability, max_bytes: 1e9 } })
  expect(readFileSync(brokerConfigFile(home), 'utf8')).toContain(line)
})

test('streams of the full size fit into the store', async () => {
  const max_bytes = 8e9
  await start({ config: { durability: 'fast', max_bytes } })
  const nc = await connectBroker({ url: readBrokerUrl(home, 'service'), name: 'test' })
  const jsm = await jetstreamManager(nc)
  await jsm.streams.add({ name: 'EVENTS', subjects: ['e'], max_bytes })
  await jsm.streams.add({ name: 'IN', subjects: ['i'], max_bytes: max_bytes / 8 })
  await nc.close()
})

test('what it acknowledged is there after kill -9 and a start, on the same port', async () => {
  const first = await start()
  const url = readBrokerUrl(home, 'service')
  const nc = await connectBroker({ url, name: 'test' })
  await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] })
  for (let i = 0; i < 50; i++) await jetstream(nc).publish('s', String(i))
  await first.stop(true)
  expect(await first.exited).toBe('ended by SIGKILL')
  const second = await start()
  expect(second.port).toBe(first.port)
  expect(readBrokerUrl(home, 'service')).toBe(url)
  // The same connection finds its way back by itself; what it publishes before that is thrown away.
  await eventually('the reconnect', () => nc.rtt())
  expect((await jetstream(nc).publish('s', 'more')).seq).toBe(51)
  await nc.close()
})

test('when somebody took its port meanwhile, it listens elsewhere and the URLs say so', async () => {
  const first = await start()
  await first.stop()
  const { server } = await listenSomewhere(first.port)
  const second = await start()
  expect(second.port).not.toBe(first.port)
  expect(new URL(readBrokerUrl(home, 'agent')).port).toBe(String(second.port))
  server.close()
})

test('SIGTERM ends it cleanly', async () => {
  const broker = await start()
  await broker.stop()
  expect(await broker.exited).toBe('ended with code 0')
  expect(readFileSync(join(home.logs, 'nats-server.log'), 'utf8')).toContain('Server Exiting')
})

test('an orphan is found by its pid file and its command line, also when it was stopped, and ended', async () => {
  const broker = await start()
  expect(findOrphanBroker(home)).toBe(broker.pid)
  process.kill(broker.pid, 'SIGSTOP')
  expect(await stopOrphanBroker(home)).toBe(true)
  expect(await broker.exited).toMatch(/^ended/)
  expect(await stopOrphanBroker(home)).toBe(false)
})

test('a process that has the pid by chance is no orphan', async () => {
  writeFileSync(brokerPidFile(home), `${process.pid}\n`)
  expect(findOrphanBroker(home)).toBeUndefined()
  expect(await stopOrphanBroker(home)).toBe(false)
})

test('a server that never listens is ended and told with its log', async () => {
  const path = join(home.root, 'sleeper')
  writeFileSync(path, '#!/bin/sh\necho "still thinking"\nexec sleep 60\n')
  chmodSync(path, 0o755)
  const error = await refusal(start({ nats_server: { path, version: '2.15.1' }, timeout_ms: 400 }))
  expect(error).toMatchObject({ code: 'broker_failed' })
  expect(error.detail).toContain('still thinking')
})

test('the store in a broken state is told with the words of the server', async () => {
  writeFileSync(join(home.broker, 'store'), 'a file where a folder should be')
  const error = await refusal(start())
  expect(error).toMatchObject({ code: 'broker_failed' })
  expect(error.detail).toMatch(/store|directory/)
})

test('passwords are random, differ per role, and can be read by the owner only', () => {
  const passwords = loadPasswords(home.credentials)
  expect(new Set(Object.values(passwords)).size).toBe(5)
  expect(loadPasswords(home.credentials)).toEqual(passwords)
  for (const name of readdirSync(home.credentials))
    expect(statSync(join(home.credentials, name)).mode & 0o777).toBe(0o600)
})
