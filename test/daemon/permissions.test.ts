import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connect as connectLegacy, StringCodec } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectBroker } from '../../src/client/connect.ts'
import { inboxPrefix, readBrokerUrl } from '../../src/client/endpoints.ts'
import { type Broker, startBroker } from '../../src/daemon/broker/broker-process.ts'
import { loadPasswords } from '../../src/daemon/broker/credentials.ts'
import type { Role } from '../../src/daemon/broker/permissions.ts'
import { toHome } from '../../src/daemon/home.ts'
import { ensureStreams } from '../../src/daemon/stream/ensure-streams.ts'
import { prepareFolders } from '../../src/daemon/supervisor/prepare-folders.ts'
import { natsServerPath } from '../kit/nats.ts'

const home = toHome(mkdtempSync(join(tmpdir(), 'beacon-permissions-')))
const connections = new Map<Role, NatsConnection>()
let broker: Broker

beforeAll(async () => {
  prepareFolders(home)
  broker = await startBroker({
    home,
    config: { durability: 'durable', max_bytes: 64 * 1024 * 1024 },
    nats_server: { path: natsServerPath(), version: '2.15.1' },
    passwords: loadPasswords(home.credentials),
  })
  for (const role of ['service', 'admin', 'operator', 'agent', 'reader'] as const)
    connections.set(
      role,
      await connectBroker({
        url: readBrokerUrl(home, role),
        name: role,
        inbox_prefix: inboxPrefix(role),
      }),
    )
  const jsm = await jetstreamManager(of('service'))
  await ensureStreams(jsm, { max_bytes: 64 * 1024 * 1024, atomic: false, first_seq: 1, now_ms: Date.now() })
  await jetstream(of('service')).publish('beacon.ev.0.one', '{}')
  for (const subject of [
    'beacon.ingest',
    'beacon.supervisor.0123456789ab.status',
    'beacon.supervisor.0123456789ab.stop',
  ])
    of('service').subscribe(subject, { callback: (_, message) => void message.respond('done') })
})

afterAll(async () => {
  for (const nc of connections.values()) await nc.close()
  await broker.stop()
  rmSync(home.root, { recursive: true, force: true })
})

const of = (role: Role): NatsConnection => connections.get(role) as NatsConnection

/** Whether the server lets a role publish there: a refused publish comes back as an error on the connection. */
async function mayPublish(role: Role, subject: string): Promise<boolean> {
  const nc = of(role)
  let refused = false
  const errors = new AbortController()
  const watching = (async () => {
    for await (const status of nc.status()) {
      if (status.type === 'error' && status.error.message.includes(`"${subject}"`)) refused = true
      if (errors.signal.aborted) return
    }
  })()
  nc.publish(subject, '')
  // The server answers in order, so the refusal is there before the answers to these.
  await nc.flush()
  await nc.flush()
  errors.abort()
  void watching
  return !refused
}

async function maySubscribe(role: Role, subject: string): Promise<boolean> {
  const nc = of(role)
  let refused = false
  const subscription = nc.subscribe(subject, {
    callback: (error) => {
      if (error) refused = true
    },
  })
  await nc.flush()
  await nc.flush()
  if (!subscription.isClosed()) subscription.unsubscribe()
  return !refused
}

type Row = [subject: string, ...allowed: Role[]]

const publishing: Row[] = [
  ['beacon.in.one', 'agent', 'operator', 'admin', 'service'],
  ['beacon.ingest', 'agent', 'operator', 'admin', 'service'],
  ['backbeat.beacon.claim.one', 'agent', 'operator', 'admin', 'service'],
  ['beacon.ev.0.one', 'service'],
  ['beacon.quarantine.one', 'service'],
  ['backbeat.beacon.beat', 'service'],
  ['backbeat.beacon.bar', 'service'],
  ['beacon.cmd.one', 'service'],
  ['beacon.supervisor.status', 'reader', 'operator', 'admin', 'service'],
  ['beacon.supervisor.0123456789ab.status', 'reader', 'operator', 'admin', 'service'],
  ['beacon.supervisor.0123456789ab.gateways.ls', 'reader', 'operator', 'admin', 'service'],
  ['beacon.supervisor.0123456789ab.stop', 'operator', 'admin', 'service'],
  ['beacon.supervisor.0123456789ab.gateways.add', 'operator', 'admin', 'service'],
  ['backbeat.beacon.status', 'agent', 'reader', 'operator', 'admin', 'service'],
  ['backbeat.beacon.tempo', 'operator', 'admin', 'service'],
  ['beacon.bars.ls', 'reader', 'operator', 'admin', 'service'],
  ['beacon.view.open', 'reader', 'operator', 'admin', 'service'],
  ['beacon.history.events', 'reader', 'operator', 'admin', 'service'],
  ['$JS.API.STREAM.INFO.BEACON_EVENTS', 'reader', 'operator', 'admin', 'service'],
  ['$JS.API.CONSUMER.CREATE.BEACON_EVENTS.x', 'reader', 'operator', 'admin', 'service'],
  ['$JS.API.STREAM.PURGE.BEACON_EVENTS', 'service'],
  ['$JS.API.STREAM.DELETE.BEACON_EVENTS', 'service'],
  ['$JS.API.STREAM.UPDATE.BEACON_EVENTS', 'service'],
  ['$JS.API.STREAM.MSG.DELETE.BEACON_EVENTS', 'service'],
  ['$JS.API.STREAM.CREATE.MINE', 'service'],
  ['$JS.API.CONSUMER.CREATE.BEACON_IN.x', 'service'],
  ['beacon.commands.request', 'operator', 'admin', 'service'],
  ['beacon.commands.ls', 'reader', 'operator', 'admin', 'service'],
  ['beacon.commands.show', 'reader', 'operator', 'admin', 'service'],
  ['beacon.commands.ack', 'agent', 'operator', 'admin', 'service'],
  ['beacon.installations.register', 'agent', 'operator', 'admin', 'service'],
  ['beacon.installations.heartbeat', 'agent', 'operator', 'admin', 'service'],
  ['beacon.installations.shutdown', 'agent', 'operator', 'admin', 'service'],
  ['beacon.tokens.create', 'admin', 'service'],
  ['beacon.tokens.ls', 'admin', 'service'],
  ['beacon.tokens.revoke', 'admin', 'service'],
  ['beacon.agents.ended', 'service'],
  ['beacon.gateway.deaf', 'service'],
  ['$KV.beacon_commands.one.none', 'service'],
  ['$KV.beacon_installations.one', 'service'],
  ['$KV.beacon_tokens.one', 'service'],
  ['$JS.API.STREAM.MSG.GET.KV_beacon_tokens', 'service'],
  ['$JS.API.DIRECT.GET.KV_beacon_installations.$KV.beacon_installations.one', 'service'],
  ['$JS.API.CONSUMER.CREATE.KV_beacon_tokens', 'service'],
  ['$JS.API.CONSUMER.CREATE.KV_beacon_commands', 'service'],
  ['$KV.beacon_leases.inlet', 'service'],
  ['$KV.beacon_pulse.pulse.beacon', 'service'],
  ['$KV.backbeat_state.beacon', 'service'],
  ['$JS.API.DIRECT.GET.BEACON_EVENTS', 'reader', 'operator', 'admin', 'service'],
  ['$JS.API.DIRECT.GET.KV_backbeat_state.$KV.backbeat_state.beacon', 'service'],
  ['$JS.API.STREAM.MSG.GET.KV_backbeat_state', 'service'],
  ['anything.else', 'service'],
]

const subscribing: Row[] = [
  ['_INBOX.mine.*', 'agent', 'reader', 'operator', 'admin', 'service'],
  ['_INBOX_operator.>', 'operator', 'service'],
  ['_INBOX_admin.>', 'admin', 'service'],
  ['_INBOX_service.>', 'service'],
  ['_INBOX_reader.>', 'reader', 'operator', 'admin', 'service'],
  ['backbeat.beacon.beat', 'agent', 'reader', 'operator', 'admin', 'service'],
  ['backbeat.beacon.bar', 'agent', 'reader', 'operator', 'admin', 'service'],
  ['beacon.cmd.one', 'agent', 'reader', 'operator', 'admin', 'service'],
  ['$KV.beacon_commands.>', 'reader', 'operator', 'admin', 'service'],
  ['$KV.beacon_tokens.>', 'service'],
  ['$KV.beacon_installations.>', 'service'],
  ['beacon.installations.>', 'service'],
  ['beacon.tokens.>', 'service'],
  ['beacon.ev.>', 'reader', 'operator', 'admin', 'service'],
  ['beacon.in.>', 'service'],
  ['beacon.ingest', 'service'],
  ['$JS.ACK.>', 'service'],
  ['>', 'service'],
]

const roles: Role[] = ['service', 'admin', 'operator', 'agent', 'reader']

test.each(publishing)('only the rightful publish %s', async (subject, ...allowed) => {
  for (const role of roles) {
    // The service would really purge and delete.
    if (role === 'service' && subject.startsWith('$JS.API.STREAM')) continue
    expect([role, await mayPublish(role, subject)]).toEqual([role, allowed.includes(role)])
  }
})

test.each(subscribing)('only the rightful subscribe to %s', async (subject, ...allowed) => {
  for (const role of roles)
    expect([role, await maySubscribe(role, subject)]).toEqual([role, allowed.includes(role)])
})

test('a legacy client with the credentials of an agent publishes into BEACON_IN with an acknowledgement', async () => {
  const { username, password, host } = new URL(readBrokerUrl(home, 'agent'))
  const nc = await connectLegacy({ servers: host, user: username, pass: password })
  const ack = await nc.jetstream().publish('beacon.in.legacy', StringCodec().encode('{}'))
  expect(ack.stream).toBe('BEACON_IN')
  await expect(nc.jetstream({ timeout: 300 }).publish('beacon.ev.0.legacy')).rejects.toThrow()
  await nc.close()
})

test('an agent answers a command that asked for an answer, and nothing else', async () => {
  const agent = of('agent')
  const subscription = agent.subscribe('beacon.cmd.two', {
    callback: (_, message) => void message.respond('acknowledged'),
  })
  await agent.flush()
  expect((await of('service').request('beacon.cmd.two', 'pause')).string()).toBe('acknowledged')
  expect(await mayPublish('agent', '_INBOX_operator.guess')).toBe(false)
  subscription.unsubscribe()
})

test('a reader reads the event stream with an ordered consumer', async () => {
  const consumer = await jetstream(of('reader')).consumers.get('BEACON_EVENTS')
  const message = await consumer.next({ expires: 2_000 })
  expect(message).toMatchObject({ subject: 'beacon.ev.0.one', seq: 1 })
  await consumer.delete()
})

test('a reader reads with a consumer of its own that acknowledges', async () => {
  const jsm = await jetstreamManager(of('reader'), { checkAPI: false })
  const { name } = await jsm.consumers.add('BEACON_EVENTS', { ack_policy: AckPolicy.Explicit })
  const consumer = await jetstream(of('reader'), { checkAPI: false } as object).consumers.get(
    'BEACON_EVENTS',
    name,
  )
  const message = await consumer.next({ expires: 2_000 })
  expect(await message?.ackAck()).toBe(true)
  await jsm.consumers.delete('BEACON_EVENTS', name)
})

test('wrong passwords are refused', async () => {
  const url = `nats://service:guess@${broker.address}`
  await expect(connectBroker({ url, name: 'guess' })).rejects.toThrow(/Authorization/i)
  await expect(connectBroker({ url: `nats://${broker.address}`, name: 'nobody' })).rejects.toThrow(
    /Authorization/i,
  )
})
