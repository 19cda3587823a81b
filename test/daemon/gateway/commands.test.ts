// Commands from the request to the end, through a gateway as the daemon runs it. The agents are played by this test.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchCommand, requestCommand, watchOrders } from '../../../src/client/commands-client.ts'
import type { Order } from '../../../src/core/order.ts'
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
let gateway: Running
let other: Running
beforeAll(async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
  other = await startGateway(broker.nats.url, { instance: 'gateway-2' })
})
afterAll(async () => {
  await Promise.all([gateway?.stop(), other?.stop()])
  await broker?.stop()
})

const post = (path: string, body: object, at = gateway) =>
  request(`${at.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
const register = async (agent_id: string): Promise<string> =>
  (await post('/api/v1/installations', { agent_id })).body.installation_id
const command = (agent: string, verb: string, fields: object = {}) =>
  post(`/api/v1/agents/${encodeURIComponent(agent)}/${verb}`, { reason: 'test', ...fields })
const ack = (installation: string, command_id: string, body: object = {}) =>
  post(`/api/v1/installations/${installation}/commands/${command_id}`, body)
const heartbeat = async (installation: string) =>
  (await post(`/api/v1/installations/${installation}/heartbeat`, { status: 'running' })).body
const show = async (id: string) => (await request(`${gateway.url}/api/v1/commands/${id}`)).body

/** What an installation hears on its stream. */
async function listen(installation: string, at = gateway) {
  const heard: Order[] = []
  const stopping = new AbortController()
  const response = await fetch(`${at.url}/api/v1/installations/${installation}/commands`, {
    signal: stopping.signal,
  })
  const ended = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
        if (data) heard.push(JSON.parse(data))
        text = text.slice(end + 2)
      }
    }
  })().catch(() => {})
  return { status: response.status, heard, ended, stop: () => stopping.abort() }
}

const auditOf = async (agent: string) =>
  (await readEvents(broker))
    .filter(({ kind, agent_id }) => kind === 'command' && agent_id === agent)
    .map(({ status }) => status)

test('a kill reaches the agent through whichever gateway it listens to, and ends with its goodbye', async () => {
  const installation = await register('victim')
  const stream = await listen(installation, other)
  const asked = await command('victim', 'terminate', { reason: 'too dear' })
  expect(asked.status).toBe(202)
  const { command_id } = asked.body
  await until(() => stream.heard.length === 1, 'the order')
  expect(stream.heard[0]).toMatchObject({ command: 'terminate', command_id, reason: 'too dear', by: 'local' })
  expect((await ack(installation, command_id)).body).toMatchObject({ outcome: null })
  await post(`/api/v1/installations/${installation}/shutdown`, { exit_code: 0 })
  const document = await until(async () => {
    const answer = await show(command_id)
    return answer.summary.ended === 1 && answer
  }, 'the end')
  expect(document.orders[0]).toMatchObject({ outcome: 'gone', via: 'sse' })
  expect(document.orders[0].delivered_at <= document.orders[0].acknowledged_at).toBe(true)
  await until(async () => (await auditOf('victim')).length === 4, 'the audit')
  expect(await auditOf('victim')).toEqual(['requested', 'delivered', 'acknowledged', 'gone'])
  stream.stop()
})

test('an agent that was away hears with its next heartbeat, until it acknowledges', async () => {
  const installation = await register('sleeper')
  const { command_id } = (await command('sleeper', 'pause')).body
  expect(await heartbeat(installation)).toMatchObject({ command: 'pause', command_id, reason: 'test' })
  expect(await heartbeat(installation)).toMatchObject({ command: 'pause', command_id })
  expect((await ack(installation, command_id)).body).toMatchObject({ outcome: 'confirmed', via: 'heartbeat' })
  expect(await heartbeat(installation)).toMatchObject({ command: null })
})

test('an order that stands is the first thing on a stream that opens later', async () => {
  const installation = await register('late')
  const { command_id } = (await command('late', 'pause')).body
  const stream = await listen(installation)
  await until(() => stream.heard.length === 1, 'the order')
  expect(stream.heard[0]?.command_id).toBe(command_id)
  stream.stop()
})

test('asking again with the same id changes nothing', async () => {
  await register('twice')
  const first = (await command('twice', 'pause', { command_id: 'once-only' })).body
  const second = (await command('twice', 'pause', { command_id: 'once-only' })).body
  expect(second.orders[0]).toMatchObject({
    requested_at: first.orders[0].requested_at,
    command_id: 'once-only',
  })
  await until(async () => (await auditOf('twice')).length > 0, 'the audit')
  expect((await show('once-only')).summary.orders).toBe(1)
})

test('nothing takes a kill back: a resume fails, and the kill still comes', async () => {
  const installation = await register('doomed')
  const { command_id } = (await command('doomed', 'terminate')).body
  const resumed = (await command('doomed', 'resume')).body
  expect(resumed.orders[0]).toMatchObject({ outcome: 'failed', detail: 'a terminate stands already' })
  expect(await heartbeat(installation)).toMatchObject({ command: 'terminate', command_id })
})

test('revoke ends the token and the stream, once the agent was told', async () => {
  const installation = await register('rogue')
  const stream = await listen(installation)
  await command('rogue', 'revoke')
  await stream.ended
  expect(stream.heard.map(({ command }) => command)).toEqual(['revoke'])
  expect(await heartbeat(installation)).toMatchObject({ revoked: true, command: 'terminate' })
})

test('every installation of an agent gets an order, or the one that is named', async () => {
  const [one, two] = [await register('twins'), await register('twins')]
  const all = (await command('twins', 'pause')).body
  expect(all.orders.map((order: Order) => order.installation_id).sort()).toEqual([one, two].sort())
  const named = (await post(`/api/v1/installations/${two}/revoke`, { reason: 'only this' })).body
  expect(named.orders.map((order: Order) => order.installation_id)).toEqual([two])
})

describe('over NATS', () => {
  test('an agent without an installation hears on its subject, and its reply is the acknowledgement', async () => {
    const heard: Order[] = []
    const subscription = broker.nc.subscribe('beacon.cmd.plain%20agent', {
      callback: (_error, message) => {
        heard.push(message.json())
        message.respond('')
      },
    })
    const seen: Order[] = []
    const unwatch = watchOrders(broker.nc, { agent_id: 'plain agent' }, (order) => void seen.push(order))
    await broker.nc.flush()
    const answer = await requestCommand(broker.nc, {
      command: 'pause',
      reason: 'over NATS',
      agents: ['plain agent'],
      by: 'ann',
    })
    expect(answer.orders[0]).toMatchObject({ installation_id: null, by: 'ann', outcome: null })
    await until(() => seen.at(-1)?.outcome === 'confirmed', 'the acknowledgement')
    expect(heard[0]).toMatchObject({ command_id: answer.command_id })
    expect((await fetchCommand(broker.nc, answer.command_id)).summary).toMatchObject({
      by: 'ann',
      acknowledged: 1,
      ended: 1,
    })
    subscription.unsubscribe()
    unwatch()
  })

  test.each([
    [{ command: 'pause', agents: ['a'] }, 'reason'],
    [{ command: 'stop', agents: ['a'], reason: 'r' }, 'command'],
    [{ command: 'pause', agents: [], reason: 'r' }, 'agents'],
    [{ command: 'pause', reason: 'r' }, 'agents'],
    [{ command: 'pause', agents: ['a'], reason: 'x'.repeat(257) }, 'reason'],
  ])('%j is refused with the field that is wrong', async (asked, field) => {
    await expect(requestCommand(broker.nc, asked as never)).rejects.toMatchObject({
      code: 'command_invalid',
      detail: expect.stringContaining(`${field}:`),
    })
  })
})

test('a gateway that starts later knows every command', async () => {
  await register('history')
  const { command_id } = (await command('history', 'pause')).body
  const third = await startGateway(broker.nats.url, { instance: 'gateway-3' })
  expect((await request(`${third.url}/api/v1/commands/${command_id}`)).body.summary.orders).toBe(1)
  await third.stop()
})
