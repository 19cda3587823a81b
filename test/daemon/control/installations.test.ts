import { Kvm } from '@nats-io/kv'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../../src/core/access.ts'
import { installationsBucket, type RegisterAnswer } from '../../../src/core/installation.ts'
import { commandSubjects } from '../../../src/core/order.ts'
import { eventsStream } from '../../../src/core/subjects.ts'
import { parseToken, type TokenParts } from '../../../src/core/token.ts'
import { type Broker, readEvents, startBroker, until } from '../gateway/running-gateway.ts'
import { type Control, startControl } from './running-control.ts'

const day_ms = 86_400_000
const by: Principal = { role: 'install', name: 'token 3f2a (ci)', agents: null, installation_id: null }

let broker: Broker
let clock: { now_ms: number }
let control: Control
let agents = 0

beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.stop())
beforeEach(async () => {
  clock = { now_ms: Date.parse('2026-06-26T12:00:00Z') }
  control = await startControl(broker.nats.url, clock)
})
afterEach(() => control.close())

const newAgent = () => `agent-${++agents}`
const register = (agent_id = newAgent()) =>
  control.installations.register({ agent_id, heartbeat_interval_seconds: 10 }, by)
const partsOf = (token: string) => parseToken(token) as TokenParts
const verify = ({ runtime_token }: { runtime_token: string }, { installations } = control) =>
  installations.verify(partsOf(runtime_token))
const recover = ({ agent_id, installation_id }: RegisterAnswer, refresh_token: string) =>
  control.installations.register({ agent_id, installation_id, refresh_token }, null)
const beat = ({ installation_id }: RegisterAnswer, body = {}) =>
  control.installations.heartbeat(installation_id, { status: 'running', ...body })
const eventsOf = async (agentId: string) =>
  (await readEvents(broker)).filter(({ agent_id }) => agent_id === agentId)

test('registration gives a lease of three intervals and tokens that work at once; the bucket holds no secret', async () => {
  const answer = await register()
  expect(answer).toMatchObject({
    schema: 'beacon.installation.v1',
    token_version: 1,
    heartbeat_interval_seconds: 10,
    lease_expires_at: '2026-06-26T12:00:30.000Z',
    next_heartbeat_at: '2026-06-26T12:00:10.000Z',
    recovered: false,
    command: null,
  })
  expect(verify(answer)).toMatchObject({
    ok: true,
    value: { role: 'runtime', agents: answer.agent_id, installation_id: answer.installation_id },
  })
  const kv = await new Kvm(broker.nc).open(installationsBucket)
  const kept = (await kv.get(answer.installation_id))?.string()
  for (const token of [answer.runtime_token, answer.refresh_token])
    expect(kept).not.toContain(partsOf(token).secret)
})

test('registration, heartbeat and goodbye are events of the agent that carry its lease', async () => {
  const answer = await register()
  const platform = { type: 'bare_metal', hostname: 'box' } as const
  await beat(answer, {
    uptime_seconds: 5,
    platform,
    metrics: { errors: 2 },
    metadata: { lease_ms: 1e9, task: 't' },
  })
  const { seq } = await control.installations.shutdown(answer.installation_id, {
    status: 'exited',
    exit_code: 3,
  })
  const { installation_id } = answer
  const lease = { installation_id, lease_ms: 30_000, heartbeat_interval_s: 10 }
  const events = await eventsOf(answer.agent_id)
  expect(events).toMatchObject([
    { kind: 'lifecycle', status: 'registered', metadata: { ...lease, recovered: false, by: by.name } },
    {
      kind: 'heartbeat',
      status: 'running',
      metadata: { ...lease, uptime_seconds: 5, platform, metrics: { errors: 2 }, task: 't' },
    },
    { kind: 'lifecycle', status: 'exited', metadata: { installation_id, exit_code: 3 } },
  ])
  expect(seq).toBe(events[2]?.seq)
})

test('a heartbeat writes no record, and another interval is one that it asks for', async () => {
  const answer = await register()
  const kv = await new Kvm(broker.nc).open(installationsBucket)
  const revision = async () => (await kv.get(answer.installation_id))?.revision
  const before = await revision()
  await beat(answer)
  await beat(answer)
  expect(await revision()).toBe(before)
  expect(await beat(answer, { heartbeat_interval_seconds: 60 })).toMatchObject({
    lease_renewed: true,
    lease_expires_at: '2026-06-26T12:03:00.000Z',
  })
  await until(async () => (await revision()) !== before, 'the interval to be written')
  expect(await beat(answer)).toMatchObject({ lease_expires_at: '2026-06-26T12:03:00.000Z' })
})

test('a goodbye is the last word: a heartbeat after it renews nothing, and recovery brings the installation back', async () => {
  const answer = await register()
  await control.installations.shutdown(answer.installation_id, {})
  expect(await beat(answer)).toMatchObject({ lease_renewed: false, lease_expires_at: null, revoked: false })
  const again = await recover(answer, answer.refresh_token)
  expect(again).toMatchObject({ recovered: true, installation_id: answer.installation_id, token_version: 2 })
  expect(await beat(answer)).toMatchObject({ lease_renewed: true })
  expect((await eventsOf(answer.agent_id)).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    'lifecycle registered',
    'lifecycle stopped',
    'lifecycle registered',
    'heartbeat running',
  ])
})

test('a refresh token that comes again after its successor was used closes the installation', async () => {
  const answer = await register()
  const second = await recover(answer, answer.refresh_token)
  expect(verify(second).ok).toBe(true)
  await until(() => !verify(answer).ok, 'the old token to end')
  await expect(recover(answer, answer.refresh_token)).rejects.toMatchObject({ code: 'token_replayed' })
  expect(await beat(answer)).toMatchObject({ lease_renewed: false, revoked: true, command: 'terminate' })
  await expect(recover(answer, second.refresh_token)).rejects.toMatchObject({ code: 'token_revoked' })
})

test('recovery is asked for again when its answer was lost, as long as no new token was used', async () => {
  const answer = await register()
  await recover(answer, answer.refresh_token)
  const third = await recover(answer, answer.refresh_token)
  expect(verify(third).ok).toBe(true)
})

test('recovery needs the right token of the right installation and agent', async () => {
  const [one, other] = [await register(), await register()]
  const wrong = one.refresh_token.replace(/.{4}$/, 'AAAA')
  await expect(recover(one, wrong)).rejects.toMatchObject({ code: 'token_invalid' })
  await expect(recover(one, other.refresh_token)).rejects.toMatchObject({ code: 'token_invalid' })
  await expect(recover(one, one.runtime_token)).rejects.toMatchObject({ code: 'token_invalid' })
  await expect(recover({ ...one, agent_id: other.agent_id }, one.refresh_token)).rejects.toMatchObject({
    code: 'agent_forbidden',
  })
  await expect(
    control.installations.register({ agent_id: one.agent_id, installation_id: one.installation_id }, by),
  ).rejects.toMatchObject({ code: 'installation_invalid' })
  await expect(control.installations.register({ agent_id: 'new' }, null)).rejects.toMatchObject({
    code: 'token_missing',
  })
})

test('within seven days of its end a heartbeat gives a new token, and the old one works until the new one was used', async () => {
  const answer = await register()
  clock.now_ms += 83 * day_ms - 1
  expect((await beat(answer)).refreshed_token).toBeNull()
  clock.now_ms += 1
  const { refreshed_token } = await beat(answer)
  expect(refreshed_token).toMatchObject({ token_version: 2, expires_at: '2026-12-16T12:00:00.000Z' })
  expect((await beat(answer)).refreshed_token).toBeNull()
  expect(verify(answer).ok).toBe(true)
  expect(verify(refreshed_token as { runtime_token: string }).ok).toBe(true)
  await until(() => !verify(answer).ok, 'the old token to end')
})

test('a runtime token that nobody refreshed ends, and its installation recovers', async () => {
  const answer = await register()
  clock.now_ms += 90 * day_ms
  expect(verify(answer)).toEqual({ ok: false, error: 'token_expired' })
  expect(verify(await recover(answer, answer.refresh_token)).ok).toBe(true)
})

test('a revoked installation is told so, reaches no agent, and does not recover', async () => {
  const answer = await register()
  await control.orders.request({ command: 'revoke', reason: 'stolen', agents: [answer.agent_id] }, 'ops')
  expect(verify(answer)).toMatchObject({ ok: true, value: { agents: '' } })
  expect(await beat(answer)).toMatchObject({
    lease_renewed: false,
    lease_expires_at: null,
    command: 'terminate',
    reason: 'stolen',
    revoked: true,
    shutdown_timeout_ms: 5_000,
    refreshed_token: null,
  })
  await expect(recover(answer, answer.refresh_token)).rejects.toMatchObject({ code: 'token_revoked' })
})

test('an order comes with the heartbeat until it is acknowledged, and the goodbye of the installation ends it', async () => {
  const answer = await register()
  const { command_id } = await control.orders.request(
    { command: 'terminate', reason: 'too loud', agents: [answer.agent_id] },
    'ops',
  )
  const told = { command: 'terminate', command_id, reason: 'too loud', revoked: false, lease_renewed: true }
  expect(await beat(answer)).toMatchObject(told)
  expect(await beat(answer)).toMatchObject(told)
  expect(await beat(answer, { acknowledged: [command_id] })).toMatchObject({
    command: null,
    command_id: null,
  })
  await control.installations.shutdown(answer.installation_id, { exit_code: 0 })
  const show = () => control.orders.show(command_id, { offset: 0, limit: 10 })?.orders[0]
  await until(() => show()?.outcome, 'the order to end')
  expect(show()).toMatchObject({ outcome: 'gone', detail: 'exit code 0', via: 'heartbeat' })
  await expect(recover(answer, answer.refresh_token)).rejects.toMatchObject({ code: 'installation_ended' })
})

test('what one gateway gives out works at another one at once, and after a restart', async () => {
  const other = await startControl(broker.nats.url, clock)
  const answer = await register()
  await until(() => verify(answer, other).ok, 'the other gateway to know')
  await other.installations.end(answer.installation_id, 'revoked', 'ops', 'stolen')
  await until(() => verify(answer).ok && control.installations.byId(answer.installation_id)?.ended, 'the end')
  await other.close()
  const restarted = await startControl(broker.nats.url, clock)
  expect(await restarted.installations.heartbeat(answer.installation_id, { status: 'x' })).toMatchObject({
    revoked: true,
  })
  await restarted.close()
})

test('an unknown installation is not found', async () => {
  const id = '0190a8f0-0000-7000-8000-000000000000'
  const { installations } = control
  for (const asked of [
    installations.heartbeat(id, { status: 'running' }),
    installations.shutdown(id, {}),
    installations.end(id, 'revoked', 'ops', 'x'),
  ])
    await expect(asked).rejects.toMatchObject({ code: 'installation_not_found' })
})

test('while the stream is full a heartbeat is answered all the same, with its command, and the gateway says that it is deaf', async () => {
  const answer = await register()
  const { command_id } = await control.orders.request(
    { command: 'pause', reason: 'disk', agents: [answer.agent_id] },
    'ops',
  )
  const heard = broker.nc.subscribe(commandSubjects.deaf, { max: 1 })
  await broker.nc.flush()
  const { config } = await broker.jsm.streams.info(eventsStream)
  await broker.jsm.streams.update(eventsStream, { ...config, max_msgs: 1 })
  expect(await beat(answer)).toMatchObject({ lease_renewed: true, command: 'pause', command_id })
  expect(await beat(answer, { acknowledged: [command_id] })).toMatchObject({ command: null })
  for await (const message of heard) expect(message.json<{ failures: number }>().failures).toBeGreaterThan(0)
  await broker.jsm.streams.update(eventsStream, config)
})
