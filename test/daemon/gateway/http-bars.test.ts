// Bars over HTTP: aggregator and historian are played by this test, and what they were asked is looked at.

import { headers } from '@nats-io/nats-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { barSubjects } from '../../../src/core/bar-report.ts'
import { type Broker, type Running, request, startBroker, startGateway } from './running-gateway.ts'

let broker: Broker
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
})
afterAll(async () => {
  await gateway?.stop()
  await broker?.stop()
})

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const window = '3003e30d42006b07193920fd2a7508e7'
const bar = { type: 'backbeat.barreport.v1', window_id: window, cluster_id: 'test', revision: 2 }
const get = (path: string) => request(`${gateway.url}/api/v1/${path}`)

/** Answers each request with this document; a number is an error of the services API. */
async function play(subject: string, answer: object | number): Promise<unknown[]> {
  const asked: unknown[] = []
  const player = broker.nc.subscribe(subject, {
    callback: (_error, message) => {
      asked.push(message.json())
      if (typeof answer === 'object') return void message.respond(JSON.stringify(answer))
      const header = headers()
      header.set('Nats-Service-Error-Code', String(answer))
      header.set('Nats-Service-Error', 'no')
      message.respond('', { headers: header })
    },
  })
  stops.push(() => player.unsubscribe())
  await broker.nc.flush()
  return asked
}

test('the open bars are what the aggregator says', async () => {
  const document = { schema: 'beacon.windows.v1', windows: [] }
  await play(barSubjects.windows, document)
  expect(await get('windows')).toMatchObject({ status: 200, body: document })
})

test('an open bar comes from the aggregator, whatever the letter case of its id', async () => {
  const document = { schema: 'beacon.window.v1', open: true, window: {}, report: {} }
  const asked = await play(barSubjects.window, document)
  expect(await get(`windows/${window.toUpperCase()}`)).toMatchObject({ status: 200, body: document })
  expect(asked).toEqual([{ window }])
})

test('a bar that is over comes from its last report, also while no aggregator is there', async () => {
  const asked = await play(barSubjects.bars, {
    schema: 'beacon.bars.v1',
    bars: [{ ...bar, seq: 9 }],
    more: false,
  })
  const closed = {
    schema: 'beacon.window.v1',
    cluster_id: 'test',
    at: expect.any(String),
    open: false,
    window: null,
    report: bar,
  }
  expect((await get(`windows/${window}`)).body).toEqual(closed)
  await play(barSubjects.window, 404)
  expect((await get(`windows/${window}`)).body).toEqual(closed)
  expect(asked).toEqual([
    { window, limit: 1 },
    { window, limit: 1 },
  ])
})

test('a bar of which nothing is known: 404, and 503 when nobody could know', async () => {
  await play(barSubjects.bars, { schema: 'beacon.bars.v1', bars: [], more: false })
  expect(await get(`windows/${window}`)).toMatchObject({ status: 503, body: { code: 'daemon_unreachable' } })
  await play(barSubjects.window, 404)
  expect(await get(`windows/${window}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

test('reports are asked for as they were wanted', async () => {
  const document = { schema: 'beacon.bars.v1', bars: [], more: false }
  const asked = await play(barSubjects.bars, document)
  expect(await get('bars')).toMatchObject({ status: 200, body: document })
  const query = `window=${window}&since=2026-06-26T12:00:00Z&until=2026-06-26T13:00:00Z&from_seq=1&to_seq=9`
  await get(`bars?${query}&limit=7&first&revisions=true`)
  expect(asked).toEqual([
    {},
    {
      window,
      since_ms: Date.parse('2026-06-26T12:00:00Z'),
      until_ms: Date.parse('2026-06-26T13:00:00Z'),
      from_seq: 1,
      to_seq: 9,
      limit: 7,
      first: true,
      revisions: true,
    },
  ])
})

test.each([
  ['windows/xyz', /'xyz' is no window id: it has 32 hex digits/],
  [`windows/${window}0`, /no window id/],
  ['windows?all=1', /no parameter 'all'/],
  ['bars?window=7', /^window: '7' is no window id/],
  ['bars?limit=1001', /^limit: '1001' is no whole number from 1 to 1000/],
  ['bars?since=yesterday', /^since: /],
  ['bars?revision=1', /did you mean revisions/],
])('%s: 400 that names what is wrong', async (path, detail) => {
  expect(await get(path)).toMatchObject({
    status: 400,
    body: { code: 'usage', detail: expect.stringMatching(detail) },
  })
})

test('without an aggregator or a historian: 503', async () => {
  for (const path of ['windows', `windows/${window}`, 'bars'])
    expect(await get(path)).toMatchObject({ status: 503, body: { code: 'daemon_unreachable' } })
})
