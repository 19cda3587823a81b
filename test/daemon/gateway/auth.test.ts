import { request as rawRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createToken, fetchTokens, revokeToken } from '../../../src/client/tokens-client.ts'
import { type TokenRole, tokenRoles } from '../../../src/core/access.ts'
import {
  type Broker,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
  until,
} from './running-gateway.ts'

let broker: Broker
let local: Running
let closed: Running
const tokens = new Map<string, string>()

const make = async (name: string, fields: { role: TokenRole; agents?: string; ttl_ms?: number }) => {
  const { token, token_id } = await createToken(broker.nc, {
    role: fields.role,
    agents: fields.agents ?? null,
    label: name,
    ttl_ms: fields.ttl_ms ?? null,
    created_by: 'test',
  })
  tokens.set(name, token)
  return token_id
}

beforeAll(async () => {
  broker = await startBroker()
  local = await startGateway(broker.nats.url)
  closed = await startGateway(broker.nats.url, { auth: 'required', instance: 'gateway-2' })
  for (const role of tokenRoles) await make(role, { role })
  await make('team', { role: 'operate', agents: 'team-*' })
  // Another gateway hears of a token a moment later.
  for (const name of tokens.keys())
    await until(
      async () => [200, 403].includes(await status(closed, 'GET', '/metrics', name)),
      `the token ${name}`,
    )
})

afterAll(async () => {
  await Promise.all([local.stop(), closed.stop()])
  await broker.stop()
})

async function status(door: Running, method: string, path: string, name?: string): Promise<number> {
  const token = name === undefined ? undefined : (tokens.get(name) ?? name)
  const response = await fetch(`${door.url}${path}`, {
    method,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  })
  // A stream would go on for ever.
  await response.body?.cancel()
  return response.status
}

/** As a proxy or a page would send it: `fetch` does not let the host be set. */
const statusFor = (door: Running, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = rawRequest(`${door.url}${path}`, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })

const routes: [route: string, ...roles: (TokenRole | 'nobody')[]][] = [
  ['GET /health', 'nobody', ...tokenRoles],
  ['GET /ready', 'nobody', ...tokenRoles],
  ['GET /status', 'read', 'operate', 'admin'],
  ['GET /metrics', 'read', 'operate', 'admin'],
  ['POST /ingest/state', 'ingest', 'operate', 'admin'],
  ['POST /ingest/claim', 'ingest', 'operate', 'admin'],
  ['GET /api/v1/agents', 'read', 'operate', 'admin'],
  ['GET /api/v1/agents/one', 'read', 'operate', 'admin'],
  ['GET /api/v1/events', 'read', 'operate', 'admin'],
  ['GET /api/v1/windows', 'read', 'operate', 'admin'],
  ['GET /api/v1/windows/0', 'read', 'operate', 'admin'],
  ['GET /api/v1/bars', 'read', 'operate', 'admin'],
  ['GET /api/v1/status', 'read', 'operate', 'admin'],
  ['POST /api/v1/tempo', 'operate', 'admin'],
  ['GET /v1/stream', 'read', 'operate', 'admin'],
  ['GET /ws', 'read', 'operate', 'admin'],
  ['GET /admin/backends', 'read', 'operate', 'admin'],
  ['POST /admin/backends', 'admin'],
  ['DELETE /admin/backends', 'admin'],
  ['POST /api/v1/commands', 'operate', 'admin'],
  ['GET /api/v1/commands', 'read', 'operate', 'admin'],
  ['GET /api/v1/commands/none', 'read', 'operate', 'admin'],
  ['POST /api/v1/agents/none/pause', 'operate', 'admin'],
  ['POST /api/v1/agents/none/resume', 'operate', 'admin'],
  ['POST /api/v1/agents/none/terminate', 'operate', 'admin'],
  ['POST /api/v1/agents/none/revoke', 'operate', 'admin'],
  ['POST /api/v1/installations/none/revoke', 'operate', 'admin'],
  ['POST /api/v1/installations/none/heartbeat', 'admin'],
  ['POST /api/v1/installations/none/shutdown', 'admin'],
  ['GET /api/v1/installations/none/commands', 'admin'],
  ['POST /api/v1/installations/none/commands/none', 'admin'],
]

test.each(routes)('%s lets in only the roles that have the right', async (route, ...allowed) => {
  const [method, path] = route.split(' ') as [string, string]
  const nobody = await status(closed, method, path)
  expect(nobody === 401).toBe(!allowed.includes('nobody'))
  for (const role of tokenRoles)
    expect([role, (await status(closed, method, path, role)) === 403]).toEqual([
      role,
      !allowed.includes(role),
    ])
})

const send = (path: string, token: string | undefined, body: object) =>
  request(`${closed.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })

test('only an install token makes an installation, whose own token then opens what is its own', async () => {
  const register = async (name: string | undefined, agent_id: string) =>
    await send('/api/v1/installations', name === undefined ? undefined : tokens.get(name), { agent_id })
  expect((await register(undefined, 'one')).status).toBe(401)
  expect((await register('operate', 'one')).status).toBe(403)
  const one = await register('install', 'one')
  const two = await register('install', 'two')
  expect([one.status, two.status]).toEqual([201, 201])

  const { installation_id, runtime_token, refresh_token } = one.body
  const heartbeat = (id: string, token: string) =>
    send(`/api/v1/installations/${id}/heartbeat`, token, { status: 'running' })
  expect((await heartbeat(installation_id, runtime_token)).status).toBe(200)
  expect((await heartbeat(two.body.installation_id, runtime_token)).status).toBe(403)
  // A refresh token is good for recovery and nothing else.
  expect((await heartbeat(installation_id, refresh_token)).status).toBe(401)
  const event = (agent_id: string) => send('/ingest/state', runtime_token, { agent_id, status: 'running' })
  expect((await event('one')).status).toBe(202)
  expect((await event('two')).status).toBe(403)
  for (const path of ['/api/v1/agents/one', '/api/v1/events?agent=one', '/metrics', '/api/v1/commands'])
    expect([path, await status(closed, 'GET', path, runtime_token)]).toEqual([path, 403])
  expect((await send('/api/v1/agents/one/terminate', runtime_token, { reason: 'x' })).status).toBe(403)

  const recovery = { agent_id: 'one', installation_id, refresh_token }
  expect((await send('/api/v1/installations', undefined, recovery)).body).toMatchObject({ recovered: true })
})

test('a command of a bound token goes to its own agents, whatever its body says', async () => {
  await send('/ingest/state', tokens.get('admin'), { agent_id: 'other', status: 'running' })
  const terminate = (path: string, body: object) =>
    send(path, tokens.get('team'), { reason: 'test', command: 'terminate', ...body })
  for (const [path, body] of [
    ['/api/v1/agents/other/terminate', {}],
    ['/api/v1/commands', { agents: ['team-1', 'other'] }],
  ] as const)
    expect((await terminate(path, body)).body).toMatchObject({ code: 'agent_forbidden' })
  const smuggled = await terminate('/api/v1/agents/team-1/terminate', { agents: ['other'] })
  expect(JSON.stringify(smuggled.body)).not.toContain('other')
})

test('over loopback the owner needs no token, yet a wrong one is refused', async () => {
  expect(await status(local, 'GET', '/api/v1/events')).not.toBe(401)
  expect(await status(local, 'GET', '/api/v1/events', 'sat_0123456789abcdef_guess')).toBe(401)
  expect(await status(local, 'GET', '/health', 'guess')).toBe(200)
})

test('what came through a proxy is not the owner, nor what a page addressed by a name of its own', async () => {
  expect(await statusFor(local, '/metrics', { 'x-forwarded-for': '192.0.2.1' })).toBe(401)
  expect(await statusFor(local, '/metrics', { forwarded: 'for=192.0.2.1' })).toBe(401)
  expect(await statusFor(local, '/metrics', { host: 'rebound.example' })).toBe(403)
  expect(await statusFor(local, '/metrics', { host: 'localhost:1' })).toBe(200)
  const authorization = `Bearer ${tokens.get('read')}`
  expect(await statusFor(closed, '/metrics', { host: 'beacon.example', authorization })).toBe(200)
})

test('a token that is bound to agents reaches these alone', async () => {
  expect(await status(closed, 'GET', '/api/v1/agents/team-1', 'team')).not.toBe(403)
  expect(await status(closed, 'GET', '/api/v1/agents/other', 'team')).toBe(403)
  expect(await status(closed, 'GET', '/api/v1/events?agent=team-1', 'team')).not.toBe(403)
  for (const path of [
    '/api/v1/events?agent=other',
    '/api/v1/events',
    '/api/v1/agents',
    '/v1/stream',
    '/metrics',
  ])
    expect([path, await status(closed, 'GET', path, 'team')]).toEqual([path, 403])
})

test('events of other agents are rejected one by one, and alone with 403', async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.get('team')}` }
  const own = { agent_id: 'team-1', status: 'own' }
  const other = { agent_id: 'other', status: 'forged' }
  const many = await closed.post(JSON.stringify([own, other]), headers)
  expect(many.body).toMatchObject({
    accepted: 1,
    rejected: 1,
    errors: [{ index: 1, code: 'agent_forbidden' }],
  })
  expect(await closed.post(JSON.stringify(other), headers)).toMatchObject({
    status: 403,
    body: { code: 'agent_forbidden' },
  })
  expect((await readEvents(broker)).map((event) => event.status)).not.toContain('forged')
})

test('a token that was revoked or has expired is refused by every gateway, and says so', async () => {
  const revoked = await make('revoked', { role: 'read' })
  await expect.poll(() => status(closed, 'GET', '/metrics', 'revoked')).toBe(200)
  await revokeToken(broker.nc, revoked)
  const ask = (door: Running, name: string) =>
    request(`${door.url}/metrics`, { headers: { authorization: `Bearer ${tokens.get(name)}` } })
  for (const door of [local, closed])
    await expect.poll(async () => (await ask(door, 'revoked')).body.code).toBe('token_revoked')
  await make('brief', { role: 'read', ttl_ms: 1 })
  for (const door of [local, closed])
    await expect.poll(async () => (await ask(door, 'brief')).body.code).toBe('token_expired')
  await expect(revokeToken(broker.nc, 'nobody')).rejects.toMatchObject({ code: 'token_not_found' })
})

test('the id of a token is nothing without its secret and its kind', async () => {
  const read = tokens.get('read') as string
  const install = tokens.get('install') as string
  const wrong = [
    `${read.slice(0, -43)}${install.slice(-43)}`,
    `sat${install.slice(3)}`,
    `srt${read.slice(3)}`,
  ]
  for (const token of wrong)
    expect(
      await request(`${local.url}/metrics`, { headers: { authorization: `Bearer ${token}` } }),
    ).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    })
})

test('the bucket and the list hold no secret', async () => {
  const kept = JSON.stringify(await fetchTokens(broker.nc))
  const message = await broker.jsm.streams.getMessage('KV_beacon_tokens', {
    last_by_subj: '$KV.beacon_tokens.>',
  })
  for (const token of tokens.values()) expect(kept + message?.string()).not.toContain(token.slice(-43))
})

test('a guesser is told to stop and is audited with a count, while the right token from there passes', async () => {
  const guess = `sat_0123456789abcdef_${'x'.repeat(43)}`
  const answers = []
  for (let i = 0; i < 40; i++) answers.push(await status(closed, 'GET', '/metrics', guess))
  expect(answers[0]).toBe(401)
  expect(answers.at(-1)).toBe(429)
  const told = await request(`${closed.url}/metrics`, { headers: { authorization: `Bearer ${guess}` } })
  expect(told).toMatchObject({ retry_after: '60', body: { code: 'rate_limited' } })
  expect(await status(closed, 'GET', '/metrics', 'read')).toBe(200)
  const audited = async () =>
    (await readEvents(broker)).filter((event) => event.agent_id === 'beacon' && event.status === 'refused')
  await expect
    .poll(async () => JSON.stringify(await audited()), { timeout: 10_000 })
    .toContain('rate_limited')
  expect((await audited()).find(({ metadata }) => metadata?.code === 'rate_limited')).toMatchObject({
    kind: 'command',
    metadata: { sender: 'http 127.0.0.1', what: 'GET /metrics' },
  })
  expect(JSON.stringify(await audited())).not.toContain('x'.repeat(43))
})

test.each([
  [{ role: 'root' }, /role/],
  [{ role: 'admin', agents: 'one' }, /admin/],
  [{ label: 'x'.repeat(65) }, /label/],
  [{ ttl_ms: 0 }, /ttl_ms/],
])('a token cannot be made with %j', async (fields, reason) => {
  const good = { role: 'read', agents: null, label: '', ttl_ms: null, created_by: 'test' }
  await expect(createToken(broker.nc, { ...good, ...fields } as never)).rejects.toThrow(reason)
})
