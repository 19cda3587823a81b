import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../src/core/event.ts'
import {
  type Broker,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
} from './running-gateway.ts'

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

const good = (agent_id: string, fields: object = {}) => ({ agent_id, status: 'running', ...fields })
const json = (value: unknown) => gateway.post(JSON.stringify(value))
const ndjson = (...lines: string[]) =>
  gateway.post(lines.join('\n'), { 'content-type': 'application/x-ndjson' })
const statusesOf = async (agent: string) =>
  (await readEvents(broker)).filter((event) => event.agent_id === agent).map((event) => event.status)

const problem = (status: number, code: string, detail: RegExp = /./) => ({
  status,
  type: 'application/problem+json',
  body: {
    status,
    code,
    title: expect.any(String),
    detail: expect.stringMatching(detail),
    hint: expect.any(String),
  },
})

describe('what is stored', () => {
  test('one event is answered 202 with its sequence, and is in the stream as it was sent', async () => {
    const answer = await json(good('a 1', { metadata: { task: 't' }, agent_seq: 7, run: 'r', note: 'extra' }))
    expect(answer).toMatchObject({ status: 202, type: 'application/json', retry_after: null })
    expect(answer.body).toEqual({ status: 'accepted', seq: expect.any(Number) })
    const events = await readEvents(broker)
    expect(events.find((event) => event.seq === answer.body.seq)).toMatchObject({
      agent_id: 'a 1',
      status: 'running',
      kind: 'state',
      agent_seq: 7,
      run: 'r',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      metadata: { task: 't', note: 'extra' },
      subject: expect.stringMatching(/^beacon\.ev\.\d+\.a%201$/),
    })
  })

  test('an array is counted, and its order is kept', async () => {
    const statuses = Array.from({ length: 2_500 }, (_, i) => `s${i}`)
    const answer = await json(statuses.map((status) => ({ agent_id: 'array', status })))
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2_500, rejected: 0, errors: [] } })
    expect(await statusesOf('array')).toEqual(statuses)
  })

  test('good events are never held back by bad ones', async () => {
    const answer = await json([
      good('mixed'),
      { agent_id: 'mixed' },
      7,
      good('mixed', { kind: 'claim' }),
      good('mixed'),
    ])
    expect(answer).toMatchObject({
      status: 202,
      body: {
        status: 'accepted',
        accepted: 2,
        rejected: 3,
        errors: [
          { index: 1, field: 'status' },
          { index: 2, field: '' },
          { index: 3, field: 'kind', message: expect.stringContaining('/ingest/claim') },
        ],
      },
    })
    expect(await statusesOf('mixed')).toHaveLength(2)
  })

  test('NDJSON: a broken line is an error of its own, blank lines are none', async () => {
    const line = JSON.stringify(good('lines'))
    const answer = await ndjson(line, '', '{"agent_id":', `\t${line}\r`, '{"agent_id":"lines"}', '')
    expect(answer).toMatchObject({
      status: 202,
      body: {
        accepted: 2,
        rejected: 2,
        errors: [
          { index: 2, line: 3, field: '', message: expect.stringMatching(/^not JSON: .*position 12/) },
          { index: 4, line: 5, field: 'status' },
        ],
      },
    })
  })

  test.each(['application/jsonl', 'application/x-ndjson; charset=utf-8', 'APPLICATION/X-NDJSON'])(
    '%s is NDJSON',
    async (type) => {
      const body = `${JSON.stringify(good('types'))}\n`
      expect(await gateway.post(body + body, { 'content-type': type })).toMatchObject({
        status: 202,
        body: { accepted: 2 },
      })
    },
  )

  test('gzip is unpacked, a byte order mark is no harm', async () => {
    const body = gzipSync(`\ufeff${JSON.stringify([good('zip'), good('zip')])}`)
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect(await gateway.post(body, headers)).toMatchObject({ status: 202, body: { accepted: 2 } })
  })

  test('the list of errors ends at 100, the count does not', async () => {
    const { body } = await json([good('cap'), ...Array.from({ length: 150 }, () => ({}))])
    expect(body).toMatchObject({ accepted: 1, rejected: 150, errors_omitted: 50 })
    expect(body.errors).toHaveLength(100)
  })

  test('an array of more events than a gateway queues is stored all the same', async () => {
    const answer = await json(Array.from({ length: 30_000 }, (_, i) => good(`many-${i % 500}`)))
    expect(answer).toMatchObject({ status: 202, body: { accepted: 30_000 } })
  })
})

describe('what is refused', () => {
  test.each([
    ['{"agent_id": }', /unexpected "}" at position 13 \(line 1, column 14\)/],
    ['{"agent_id":"a",\n"status":"b"', /ends too early at position 29 \(line 2, column 13\)/],
    ['[1,]', /unexpected "\]" at position 3/],
    ['nonsense', /unexpected "n" at position 0|position 1/],
    ['{"a":1}{"a":2}', /position 7/],
    ['{"a":"\u0001"}', /position 6/],
    [`[${'{"x":'.repeat(70)}`, /position/],
  ])('%j is not JSON: 400 with the position', async (body, detail) => {
    expect(await gateway.post(body)).toMatchObject(problem(400, 'body_not_json', detail))
  })

  test('bytes that are not UTF-8: 400 with the place', async () => {
    const body = Buffer.concat([
      Buffer.from('{"agent_id":"é'),
      Buffer.from([0xff]),
      Buffer.from('","status":"s"}'),
    ])
    expect(await gateway.post(body)).toMatchObject(
      problem(400, 'body_not_json', /^byte 15 of the body is not UTF-8/),
    )
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    '%s: 415',
    async (type) => {
      expect(await gateway.post('{}', { 'content-type': type })).toMatchObject(
        problem(415, 'body_media_type'),
      )
    },
  )

  test('an unknown content encoding, and broken gzip: 415', async () => {
    for (const encoding of ['br', 'gzip']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      expect(await gateway.post('{}', headers)).toMatchObject(problem(415, 'body_encoding'))
    }
  })

  test.each(['', ' \n ', '[]'])('an empty body %j: 422', async (body) => {
    expect(await gateway.post(body)).toMatchObject(problem(422, 'event_invalid', /empty/))
  })

  test('NDJSON of blank lines: 422', async () => {
    expect(await ndjson('', ' ')).toMatchObject(problem(422, 'event_invalid', /empty/))
  })

  test('one invalid event: 422 with the field', async () => {
    const answer = await json({ agent_id: 'x' })
    expect(answer).toMatchObject(problem(422, 'event_invalid', /^status is missing/))
    expect(answer.body.errors).toEqual([{ index: 0, field: 'status', message: expect.any(String) }])
  })

  test('many without a valid one: 422 with all of them', async () => {
    const answer = await json([{}, 1])
    expect(answer).toMatchObject(problem(422, 'event_invalid'))
    expect(answer.body).toMatchObject({ accepted: 0, rejected: 2, errors: [{ index: 0 }, { index: 1 }] })
  })

  test('an event above 256 KiB: 413 alone, an error among others', async () => {
    const large = good('large', { metadata: { x: 'x'.repeat(limits.event_bytes_max) } })
    expect(await json(large)).toMatchObject(problem(413, 'event_too_large'))
    const entry = { index: 1, code: 'event_too_large' }
    expect(await json([good('l'), large])).toMatchObject({
      status: 202,
      body: { accepted: 1, errors: [entry] },
    })
    const lines = await ndjson(JSON.stringify(good('l')), JSON.stringify(large))
    expect(lines).toMatchObject({ status: 202, body: { accepted: 1, errors: [{ ...entry, line: 2 }] } })
  })

  test('a line above 256 KiB is not even parsed', async () => {
    const lines = await ndjson(JSON.stringify(good('l')), '['.repeat(limits.event_bytes_max + 1))
    expect(lines).toMatchObject({ status: 202, body: { errors: [{ line: 2, code: 'event_too_large' }] } })
  })

  test('an event that grows above 256 KiB when it is stored is too large as well', async () => {
    const body = `{"agent_id":"n","status":"s","metadata":{"n":[${'1E20,'.repeat(50_000)}1]}}`
    expect(await gateway.post(body)).toMatchObject(problem(413, 'event_too_large'))
  })

  test('a body above 16 MiB: 413, and the connection goes on', async () => {
    const body = Buffer.alloc(limits.body_bytes_max + 1, 0x20)
    expect(await gateway.post(body)).toMatchObject(problem(413, 'body_too_large'))
    expect(await json(good('after'))).toMatchObject({ status: 202 })
  })

  test('a gzip bomb: 413', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    expect(bomb.length).toBeLessThan(100_000)
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answers = await Promise.all(Array.from({ length: 3 }, () => gateway.post(bomb, headers)))
    for (const answer of answers) expect(answer).toMatchObject(problem(413, 'body_too_large', /unfolds/))
  })

  test('brackets without end: 400', async () => {
    expect(await gateway.post('['.repeat(4_000_000))).toMatchObject(problem(400, 'body_not_json', /deeper/))
  })

  test('a web page of another origin: 403, one on loopback may', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(good('page'))
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example']) {
      expect(await gateway.post(body, { ...headers, origin })).toMatchObject(problem(403, 'origin_refused'))
    }
    expect(await gateway.post(body, { ...headers, origin: 'http://localhost:3000' })).toMatchObject({
      status: 202,
    })
  })

  test('an unknown route, and a wrong method: 404', async () => {
    expect(await request(`${gateway.url}/nothing`)).toMatchObject(
      problem(404, 'route_not_found', /GET \/nothing/),
    )
    expect(await request(`${gateway.url}/ingest/state`)).toMatchObject(problem(404, 'route_not_found'))
    expect(await request(`${gateway.url}/%zz`)).toMatchObject(problem(400, 'usage'))
  })

  test('what is no HTTP at all is answered 400', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('what is told about the gateway', () => {
  test('/health and /ready', async () => {
    const instance = { service: 'beacon-gateway', instance: 'gateway-1' }
    expect(await request(`${gateway.url}/health`)).toMatchObject({
      status: 200,
      body: { status: 'ok', ...instance },
    })
    expect(await request(`${gateway.url}/ready`)).toMatchObject({
      status: 200,
      body: { status: 'ready', ...instance },
    })
  })

  test('/status and /admin/backends say so when no supervisor answers', async () => {
    for (const path of ['/status', '/admin/backends']) {
      expect(await request(gateway.url + path)).toMatchObject(problem(503, 'daemon_unreachable'))
    }
  })

  test('/metrics counts requests and events', async () => {
    const { status, type, body } = await request(`${gateway.url}/metrics`)
    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
    expect(body).toMatch(
      /^beacon_gateway_ingest_requests_total\{outcome="accepted",instance="gateway-1"\} \d+$/m,
    )
    expect(body).toMatch(
      /^beacon_gateway_ingest_requests_total\{outcome="rejected",instance="gateway-1"\} \d+$/m,
    )
    expect(body).toMatch(/^beacon_gateway_events_total\{outcome="accepted",instance="gateway-1"\} \d{5}$/m)
    expect(body).toMatch(/^beacon_gateway_ingest_duration_seconds_count\{instance="gateway-1"\} \d+$/m)
    expect(body).toMatch(/^beacon_gateway_queue_events\{instance="gateway-1"\} 0$/m)
    expect(body).not.toContain('many-')
  })
})
