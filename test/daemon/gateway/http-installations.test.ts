import { headers as natsHeaders } from '@nats-io/nats-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createToken } from '../../../src/client/tokens-client.ts'
import { installationSubjects } from '../../../src/core/installation.ts'
import { type Broker, type Running, request, startBroker, startGateway, until } from './running-gateway.ts'

let broker: Broker
let local: Running
let closed: Running
let install: string
let team: string
let agents = 0

const make = async (agents: string | null) =>
  (await createToken(broker.nc, { role: 'install', agents, label: '', ttl_ms: null, created_by: 'test' }))
    .token

beforeAll(async () => {
  broker = await startBroker()
  local = await startGateway(broker.nats.url)
  closed = await startGateway(broker.nats.url, { auth: 'required', instance: 'gateway-2' })
  install = await make(null)
  team = await make('team-*')
  for (const token of [install, team])
    await until(
      async () => (await post(closed, '', { agent_id: 'team-0' }, token)).status === 201,
      'the token to be known',
    )
})
afterAll(async () => {
  await Promise.all([local.stop(), closed.stop()])
  await broker.stop()
})

const post = (door: Running, path: string, body: object | string, token?: string) =>
  request(`${door.url}/api/v1/installations${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  })
const register = async (token = install) =>
  (await post(closed, '', { agent_id: `team-${++agents}`, heartbeat_interval_seconds: 10 }, token)).body

const ask = async (subject: string, body: object, token?: string) => {
  const headers = natsHeaders()
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`)
  const answer = await broker.nc.request(subject, JSON.stringify(body), { headers, timeout: 5_000 })
  return answer.json<Record<string, unknown>>()
}

test('on loopback an agent registers, calls in and says goodbye without any token', async () => {
  const { status, body } = await post(local, '', { agent_id: 'local-1' })
  expect(status).toBe(201)
  const path = `/${body.installation_id}`
  expect(await post(local, `${path}/heartbeat`, { status: 'running' })).toMatchObject({
    status: 200,
    body: { lease_renewed: true, command: null, revoked: false, refreshed_token: null },
  })
  // The last word of a shell script has no body.
  expect(await post(local, `${path}/shutdown`, '')).toMatchObject({
    status: 200,
    body: { agent_id: 'local-1' },
  })
})

test('where tokens are required, registration takes an install token of the agent, and recovery none', async () => {
  expect(await post(closed, '', { agent_id: 'a' })).toMatchObject({
    status: 401,
    body: { code: 'token_missing' },
  })
  expect(await post(closed, '', { agent_id: 'a' }, team)).toMatchObject({
    status: 403,
    body: { code: 'agent_forbidden' },
  })
  const { agent_id, installation_id, refresh_token } = await register(team)
  expect(await post(closed, '', { agent_id, installation_id, refresh_token })).toMatchObject({
    status: 200,
    body: { recovered: true, installation_id, token_version: 2 },
  })
})

test('a runtime token is for its own installation, and its agent’s events', async () => {
  const [one, other] = [await register(), await register()]
  const beat = (id: string, token?: string) => post(closed, `/${id}/heartbeat`, { status: 'running' }, token)
  expect(await beat(one.installation_id, one.runtime_token)).toMatchObject({ status: 200 })
  expect(await beat(other.installation_id, one.runtime_token)).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  })
  expect(await beat(one.installation_id)).toMatchObject({ status: 401, body: { code: 'token_missing' } })
  expect(await beat(one.installation_id, one.refresh_token)).toMatchObject({
    status: 401,
    body: { code: 'token_invalid' },
  })
  const emit = (agent_id: string) =>
    closed.post(JSON.stringify({ agent_id, status: 'busy' }), {
      authorization: `Bearer ${one.runtime_token}`,
    })
  expect((await emit(one.agent_id)).status).toBe(202)
  expect((await emit(other.agent_id)).status).toBe(403)
})

test('a revoked installation is told so in the answer to its heartbeat, may say goodbye, and sends nothing more', async () => {
  const { agent_id, installation_id, runtime_token } = await register()
  await post(local, `/${installation_id}/revoke`, { reason: 'stolen' })
  const beat = () => post(closed, `/${installation_id}/heartbeat`, { status: 'running' }, runtime_token)
  const told = await until(async () => {
    const answer = await beat()
    return answer.body.revoked === true && answer
  }, 'the revocation')
  expect(told).toMatchObject({
    status: 200,
    body: {
      lease_renewed: false,
      revoked: true,
      reason: 'stolen',
      command: 'terminate',
      shutdown_timeout_ms: 5_000,
    },
  })
  const event = JSON.stringify({ agent_id, status: 'busy' })
  expect((await closed.post(event, { authorization: `Bearer ${runtime_token}` })).status).toBe(403)
  expect(await post(closed, `/${installation_id}/shutdown`, {}, runtime_token)).toMatchObject({ status: 200 })
})

test('a body that cannot be read is refused with the field to mend', async () => {
  expect(await post(local, '', { agent_id: 'a', platform: { type: 'toaster' } })).toMatchObject({
    status: 422,
    body: { code: 'installation_invalid', detail: expect.stringContaining('platform .type') },
  })
  expect(await post(local, '', '{"agent_id":')).toMatchObject({
    status: 400,
    body: { code: 'body_not_json' },
  })
  const unknown = '/0190a8f0-0000-7000-8000-000000000000/heartbeat'
  expect(await post(local, unknown, {})).toMatchObject({
    status: 404,
    body: { code: 'installation_not_found' },
  })
})

test('the same over NATS: registration by whoever may use the broker, all else by the runtime token', async () => {
  const answer = await ask(installationSubjects.register, { agent_id: 'nats-1' })
  const { installation_id, runtime_token } = answer as { installation_id: string; runtime_token: string }
  const body = { installation_id, status: 'running' }
  expect(await ask(installationSubjects.heartbeat, body)).toMatchObject({ code: 'token_missing' })
  // Another gateway may take it, and hears of the token a moment later.
  await until(
    async () => (await ask(installationSubjects.heartbeat, body, runtime_token)).lease_renewed === true,
    'the heartbeat',
  )
  const other = await register()
  expect(
    await ask(
      installationSubjects.heartbeat,
      { ...body, installation_id: other.installation_id },
      runtime_token,
    ),
  ).toMatchObject({ code: 'forbidden' })
  expect(await ask(installationSubjects.shutdown, { installation_id }, runtime_token)).toMatchObject({
    schema: 'beacon.shutdown.v1',
    agent_id: 'nats-1',
  })
})
