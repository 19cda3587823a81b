import { headers } from '@nats-io/nats-core'
import { Svcm } from '@nats-io/services'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  type Broker,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
} from './running-gateway.ts'

const patience = { timeout: 10_000, interval: 50 }

let broker: Broker
let gateways: Running[]
beforeAll(async () => {
  broker = await startBroker()
  gateways = [
    await startGateway(broker.nats.url),
    await startGateway(broker.nats.url, { instance: 'gateway-2' }),
  ]
})
afterAll(async () => {
  for (const gateway of gateways ?? []) await gateway.stop()
  await broker?.stop()
})

const event = (agent_id: string) => JSON.stringify({ agent_id, status: 's' })

async function ingest(body: string | Uint8Array, contentType?: string) {
  const header = headers()
  if (contentType) header.set('Content-Type', contentType)
  const reply = await broker.nc.request('beacon.ingest', body, { timeout: 5_000, headers: header })
  return {
    code: reply.headers?.get('Nats-Service-Error-Code') ?? '',
    body: reply.json<Record<string, unknown>>(),
  }
}

test('one object, an array and NDJSON are told apart without a content type', async () => {
  expect(await ingest(event('one'))).toEqual({
    code: '',
    body: { status: 'accepted', seq: expect.any(Number) },
  })
  expect(await ingest(JSON.stringify(JSON.parse(event('one')), null, 2))).toMatchObject({
    body: { seq: expect.any(Number) },
  })
  expect(await ingest(` [${event('a')},${event('a')}]`)).toMatchObject({ body: { accepted: 2 } })
  expect(await ingest(`${event('l')}\n{"broken\n${event('l')}\n`)).toMatchObject({
    body: { accepted: 2, rejected: 1, errors: [{ index: 1, line: 2 }] },
  })
  const stored = (await readEvents(broker)).map(({ agent_id }) => agent_id)
  expect(stored).toEqual(['one', 'one', 'a', 'a', 'l', 'l'])
})

test('a content type is obeyed', async () => {
  expect(await ingest(`${event('x')}\n`, 'application/x-ndjson')).toMatchObject({ body: { accepted: 1 } })
  expect(await ingest('<x/>', 'text/xml')).toMatchObject({ code: '415', body: { code: 'body_media_type' } })
})

test('errors are the same problem documents as over HTTP', async () => {
  expect(await ingest('{"agent_id":"x"}')).toMatchObject({
    code: '422',
    body: { status: 422, code: 'event_invalid', errors: [{ index: 0, field: 'status' }] },
  })
  expect(await ingest(new Uint8Array([0xff]))).toMatchObject({ code: '400', body: { code: 'body_not_json' } })
  expect(await ingest('')).toMatchObject({ code: '422', body: { code: 'event_invalid' } })
})

test('standard tools see the service, its endpoint and both instances', async () => {
  const client = new Svcm(broker.nc).client()
  const found = []
  for await (const info of await client.info('beacon-gateway')) found.push(info)
  expect(found.map(({ metadata }) => metadata?.instance).toSorted()).toEqual(['gateway-1', 'gateway-2'])
  expect(found[0]?.endpoints).toMatchObject([{ subject: 'beacon.ingest' }, { subject: 'beacon.claim' }])
})

test('a scrape of one gateway has the numbers of all', async () => {
  for (const { post } of gateways) await post(event('scrape'))
  for (const { url } of gateways) {
    // One that is too busy to answer in time is missing from a scrape, and there in the next.
    const body = await vi.waitFor(async () => {
      const scrape = await request(`${url}/metrics`)
      for (const instance of ['gateway-1', 'gateway-2']) {
        expect(scrape.body).toMatch(
          new RegExp(
            `^beacon_gateway_ingest_requests_total\\{outcome="accepted",instance="${instance}"\\} [1-9]`,
            'm',
          ),
        )
      }
      return scrape.body
    }, patience)
    expect(body.match(/^# TYPE beacon_gateway_events_total /gm)).toHaveLength(1)
  }
})

test('a scrape has the numbers of the pulse and the aggregator too, of this daemon only', async () => {
  const services = [
    ['beacon-pulse', 'test', 'backbeat_is_leader', 1],
    ['beacon-pulse', 'another', 'backbeat_is_leader', 0],
    ['beacon-aggregator', 'test', 'backbeat_reverb_claims_processed_total', 42],
  ] as const
  const running = await Promise.all(
    services.map(async ([service, daemon_id, name, value]) => {
      const instance = service.slice('beacon-'.length)
      const metrics = [{ name, help: 'h', type: 'gauge', aggregator: 'sum', values: [{ value, labels: {} }] }]
      const statsHandler = async () => ({ instance, daemon_id, metrics })
      const added = await new Svcm(broker.nc).add({ name: service, version: '1.0.0', statsHandler })
      // Each endpoint tells the same: it counts once.
      for (const endpoint of ['one', 'two'])
        added.addEndpoint(endpoint, { subject: `${service}.${endpoint}` })
      return added
    }),
  )
  await broker.nc.flush()
  await vi.waitFor(async () => {
    const { body } = await request(`${(gateways[0] as Running).url}/metrics`)
    expect(body).toMatch(/^backbeat_is_leader\{instance="pulse"\} 1$/m)
    expect(body).toMatch(/^backbeat_reverb_claims_processed_total\{instance="aggregator"\} 42$/m)
  }, patience)
  for (const service of running) await service.stop()
})

test('the supervisor is relayed: status, backends, readiness and beacon_service_up', async () => {
  const document = {
    schema: 'beacon.status.v1',
    not_ready_reasons: ['the disk is low: 7 MiB free'],
    broker: { instance: 'nats-server', state: 'up' },
    services: [
      { instance: 'archiver', state: 'up' },
      { instance: 'aggregator', state: 'backoff' },
    ],
  }
  const asked: string[] = []
  const supervisor = broker.nc.subscribe('beacon.supervisor.>', {
    callback: (_error, message) => {
      asked.push(`${message.subject} ${message.string()}`)
      if (message.subject.endsWith('status')) message.respond(JSON.stringify(document))
      else if (message.string().includes('gateway-9')) {
        const header = headers()
        header.set('Nats-Service-Error-Code', '404')
        const problem = { code: 'backend_not_found', detail: 'gateway-9 is none', hint: 'h' }
        message.respond(JSON.stringify(problem), { headers: header })
      } else message.respond('{"schema":"beacon.gateways.v1","gateways":[]}')
    },
  })
  // The gateway asks over a connection of its own: the broker must know of the subscription first.
  await broker.nc.flush()
  const { url } = gateways[0] as Running
  const backends = `${url}/admin/backends`
  expect(await request(`${url}/status`)).toMatchObject({ status: 200, body: document })
  expect(await request(`${url}/ready`)).toMatchObject({
    status: 503,
    body: { reasons: document.not_ready_reasons },
  })
  const { body } = await request(`${url}/metrics`)
  expect(body).toContain(
    'beacon_service_up{service="archiver"} 1\nbeacon_service_up{service="aggregator"} 0\nbeacon_service_up{service="nats-server"} 1',
  )
  asked.length = 0
  expect(await request(backends)).toMatchObject({ status: 200, body: { gateways: [] } })
  expect(await request(backends, { method: 'POST' })).toMatchObject({ status: 201 })
  expect(await request(`${backends}?instance=gateway-2`, { method: 'DELETE' })).toMatchObject({ status: 200 })
  const named = {
    method: 'DELETE',
    body: '{"instance":"gateway-9"}',
    headers: { 'content-type': 'application/json' },
  }
  expect(await request(backends, named)).toMatchObject({ status: 404, body: { code: 'backend_not_found' } })
  expect(await request(backends, { method: 'DELETE' })).toMatchObject({
    status: 400,
    body: { code: 'usage' },
  })
  const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } }
  expect(await request(backends, foreign)).toMatchObject({ status: 403 })
  expect(asked).toEqual([
    'beacon.supervisor.test.gateways.ls ',
    'beacon.supervisor.test.gateways.add ',
    'beacon.supervisor.test.gateways.rm {"instance":"gateway-2"}',
    'beacon.supervisor.test.gateways.rm {"instance":"gateway-9"}',
  ])
  supervisor.unsubscribe()
})
