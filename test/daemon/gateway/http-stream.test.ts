import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { StreamMessage } from '../../../src/core/stream-message.ts'
import { makeGatewayCounts } from '../../../src/daemon/gateway/gateway-counts.ts'
import { makeLiveStreams } from '../../../src/daemon/gateway/live-streams.ts'
import { makeStreamCounts } from '../../../src/daemon/gateway/stream-counts.ts'
import { type RunningAggregator, startAggregator, writeEvent } from '../aggregator/running-aggregator.ts'
import { type Broker, type Running, request, startBroker, startGateway, until } from './running-gateway.ts'
import {
  ask,
  openSocket,
  openSse,
  openStalled,
  type SocketClient,
  type SseClient,
  type Told,
  upgradeHeaders,
} from './stream-clients.ts'

let broker: Broker
let aggregator: RunningAggregator
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  aggregator = await startAggregator(broker.nats.url)
  gateway = await startGateway(
    broker.nats.url,
    {},
    { streams_max: 3, stream: { totals_ms: 200, quiet_ms: 100, stalled_ms: 1_500 } },
  )
})
afterAll(async () => {
  await gateway?.stop()
  await aggregator?.stop()
  await broker?.stop()
})

const clients: { close(): void }[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await streamsToBe(0)
})

/** A number of this moment: the service's report comes each second. */
async function metric(name: string, { url } = gateway): Promise<number> {
  const { body } = await request(`${url}/metrics`)
  return Number(new RegExp(`^beacon_stream_${name}{.*} (\\d+)$`, 'm').exec(body)?.[1])
}
const streamsToBe = (count: number) =>
  until(async () => (await metric('clients')) === count, `${count} streams`)

const sse = async (query = '', headers: Record<string, string> = {}): Promise<SseClient> => {
  const client = await openSse(`${gateway.url}/v1/stream${query}`, headers)
  clients.push(client)
  return client
}
const socket = async (query = ''): Promise<SocketClient> => {
  const client = await openSocket(`${gateway.url}/ws${query}`)
  clients.push(client)
  return client
}
const where = (expression: string) => `?where=${encodeURIComponent(expression)}`
const put = (agent_id: string, status: string, metadata = {}) =>
  writeEvent(broker.nc, { agent_id, status, metadata })

describe.each([
  ['server-sent events', sse],
  ['a WebSocket', socket],
])('over %s', (_, open) => {
  test('the first messages say that it lives and what there is, and nothing older', async () => {
    await put('before', 'running')
    const client = await open()
    const first = await client.first('changes')
    const told = client.messages.filter(({ type }) => type !== 'quiet')
    expect(told.slice(0, 2)).toEqual([{ schema: 'beacon.stream.v1', type: 'live' }, first])
    expect(first.changes).toEqual([])
    expect(first.totals.agents).toBeGreaterThan(0)
    expect(first.matched).toBe(first.totals.agents)
  })

  test('a change is told as the agent then is', async () => {
    const client = await open()
    await client.first('changes')
    const seq = await put('worker', 'running', { task: 'llm_call', note: 'half done' })
    expect(await client.change('worker')).toMatchObject({
      agent_id: 'worker',
      status: 'running',
      task: 'llm_call',
      text: 'half done',
      seq,
      last_seen: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  test('the filter lets nothing else through', async () => {
    const client = await open(where('status:wanted meta.team:"a b"'))
    await client.first('changes')
    await put('other', 'wanted', { team: 'c' })
    await put('mine', 'wanted', { team: 'a b' })
    await client.change('mine')
    const told = client.of('changes').flatMap(({ changes }) => changes)
    expect(new Set(told.map(({ agent_id }) => agent_id))).toEqual(new Set(['mine']))
  })

  test('without changes the totals go on, and a stream with nothing to tell says that it lives', async () => {
    const client = await open(where('agent:nobody'))
    const first = await client.first('changes')
    await put('somebody', 'running')
    const later = await client.first('changes', ({ seq }) => seq > first.seq)
    expect(later).toMatchObject({ matched: 0, changes: [] })
    await client.first('quiet')
  })

  test('while the aggregator is away the client is told so once, and then goes on', async () => {
    const client = await open()
    await client.first('changes')
    await aggregator.stop()
    const { reason } = await client.first('lost')
    expect(reason).toMatch(/aggregator/)
    // More than one attempt to open the view again has failed by now.
    await sleep(1_200)
    const from = client.messages.length
    aggregator = await startAggregator(broker.nats.url)
    await client.first('live', () => true, from)
    await put('back', 'running')
    await client.change('back')
    expect(client.of('lost')).toHaveLength(1)
  })

  test('one client too many is answered 503 with Retry-After, and has its place when another one leaves', async () => {
    const first = await sse()
    await socket()
    await sse()
    await streamsToBe(3)
    expect(await request(`${gateway.url}/v1/stream`)).toMatchObject({
      status: 503,
      retry_after: '1',
      body: { code: 'overloaded', detail: 'this gateway has 3 live streams already' },
    })
    expect(await ask(gateway.url, '/ws', upgradeHeaders)).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1\r\n/i)
    first.close()
    await streamsToBe(2)
    await (await open()).first('live')
  })
})

describe('server-sent events', () => {
  test('the name of an event is the type of its message, and its id the sequence', async () => {
    const client = await sse()
    await client.first('changes')
    expect(client.status).toBe(200)
    expect(client.headers.get('content-type')).toBe('text/event-stream')
    expect(client.headers.get('cache-control')).toBe('no-store')
    expect(client.events[0]).toBe('retry: 2000')
    expect(client.events[1]).toMatch(/^event: live\ndata: /)
    expect(client.events[2]).toMatch(/^event: changes\nid: \d+\ndata: /)
  })

  test('a wrong expression is a problem that shows where, and a parameter that is none is named', async () => {
    expect(await request(`${gateway.url}/v1/stream${where('x helth:bad')}`)).toMatchObject({
      status: 400,
      type: 'application/problem+json',
      body: { code: 'expression_invalid', detail: expect.stringMatching(/^where: helth .*\(position 3\)$/) },
    })
    expect(await request(`${gateway.url}/v1/stream?were=x`)).toMatchObject({
      status: 400,
      body: { code: 'usage', detail: "there is no parameter 'were'; did you mean where?" },
    })
  })

  test('a page of another origin is refused; one on loopback may read', async () => {
    expect(
      await request(`${gateway.url}/v1/stream`, { headers: { origin: 'https://evil.example' } }),
    ).toMatchObject({ status: 403, body: { code: 'origin_refused' } })
    const page = await sse('', { origin: 'http://localhost:3000' })
    expect(page.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
  })
})

describe('a WebSocket', () => {
  test('a message with another expression filters what follows, and is answered', async () => {
    const client = await socket(where('agent:one'))
    await client.first('changes')
    client.send('{"where":"agent:two"}')
    expect(await client.first('filter')).toMatchObject({ where: 'agent:two' })
    const from = client.messages.findIndex(({ type }) => type === 'filter')
    await client.first('changes', () => true, from)
    await put('one', 'running')
    await put('two', 'running')
    await client.change('two')
    const told = client.of('changes', from).flatMap(({ changes }) => changes)
    expect(new Set(told.map(({ agent_id }) => agent_id))).toEqual(new Set(['two']))
  })

  test.each([
    ['{"where":"helth:bad"}', 'expression_invalid', /^where: helth/],
    ['{"filter":"x"}', 'usage', /must be {"where":"EXPR"}/],
    ['{"where":"x","limit":"1"}', 'usage', /no parameter 'limit'/],
    ['[1]', 'usage', /must be/],
    ['null', 'usage', /must be/],
    ['no JSON', 'usage', /must be/],
  ])('the message %s is refused, and the stream goes on', async (text, code, detail) => {
    const client = await socket(where('agent:still'))
    await client.first('changes')
    client.send(text)
    const { problem } = await client.first('error')
    expect(problem).toMatchObject({ code, detail: expect.stringMatching(detail) })
    await put('still', 'running')
    await client.change('still')
  })

  test('a wrong expression closes it with 1008 and the reason, before anything else', async () => {
    const client = await socket(where(`helth:${'é'.repeat(100)}`))
    const { code, reason } = await client.closed
    expect(code).toBe(1008)
    expect(reason).toMatch(/^where: helth is no field/)
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    expect(client.messages).toEqual([])
  })

  test('a page of another origin is refused before it is one, and the connection closed', async () => {
    const answer = await ask(gateway.url, '/ws', [...upgradeHeaders, 'Origin: https://evil.example'])
    expect(answer).toMatch(/^HTTP\/1.1 403 [\s\S]*origin_refused/)
  })

  test('a request that asks for no upgrade is told so', async () => {
    expect(await request(`${gateway.url}/ws`)).toMatchObject({ status: 400, body: { code: 'usage' } })
  })

  test('a message that is too large ends this one only', async () => {
    const other = await socket()
    const client = await socket()
    client.send('x'.repeat(20_000))
    expect(await client.closed).toMatchObject({ code: 1009 })
    await other.first('changes')
  })
})

/** Agents that change again and again, each message of some 200 KB, until the returned function is called. */
function startStorm(): () => Promise<void> {
  let on = true
  const agents = Array.from({ length: 400 }, (_, i) => `${'s'.repeat(200)}-${i}`)
  const storm = async () => {
    for (let round = 0; on; round++) {
      await Promise.all(
        ['storm', ...agents].map((agent) => put(agent, `s${round}`, { note: 'x'.repeat(100) })),
      )
      await sleep(20)
    }
  }
  const ended = storm()
  return async () => {
    on = false
    await ended
  }
}

test.each([
  ['server-sent events', '/v1/stream', []],
  ['a WebSocket', '/ws', upgradeHeaders],
])(
  'a client of %s that does not read costs others nothing, and is cut off in the end',
  async (_, path, headers) => {
    const stalled = await openStalled(gateway.url, path, headers)
    clients.push({ close: () => stalled.destroy() })
    await streamsToBe(1)
    const stop = startStorm()
    try {
      const other = await sse(where('agent:storm'))
      const first = await other.change('storm')
      await streamsToBe(1)
      await other.change('storm', (status) => status !== first.status)
    } finally {
      await stop()
    }
  },
)

test('a client that was slow gets the merged batch, and how many it was', async () => {
  const messages: StreamMessage[] = []
  let take = () => {}
  const { registry } = makeGatewayCounts(() => ({ events: 0, bytes: 0 }))
  const counts = makeStreamCounts(registry)
  const streams = makeLiveStreams({
    nc: broker.nc,
    inbox_prefix: '_INBOX',
    clients_max: 1,
    counts,
    settings: { totals_ms: 0, quiet_ms: 60_000, stalled_ms: 60_000 },
  })
  const stream = streams.open('agent:~^slow', {
    send(message) {
      messages.push(message)
      return new Promise((resolve) => {
        take = resolve
        // The socket takes all but the first batch at once.
        if (messages.length !== 2) resolve()
      })
    },
    end: () => {},
    cut: () => {},
  })
  await until(() => messages.length === 2, 'the first batch')
  const before = Number(aggregator.stats().coalesced_total)
  await put('slow-1', 'one')
  await put('slow-2', 'one')
  await put('slow-1', 'two')
  // Each event is due a frame, and none is sent.
  await until(() => Number(aggregator.stats().coalesced_total) > before, 'a merged frame')
  expect(messages).toHaveLength(2)
  take()
  const next = await until(() => messages[2], 'the next batch')
  expect(next).toMatchObject({
    type: 'changes',
    coalesced: expect.any(Number),
    changes: [
      { agent_id: 'slow-2', status: 'one' },
      { agent_id: 'slow-1', status: 'two' },
    ],
  })
  expect((next as Told<'changes'>).coalesced).toBeGreaterThan(0)
  expect(counts.snapshot()).toMatchObject({ stream_coalesced_total: (next as Told<'changes'>).coalesced })
  stream.close()
})

test('a gateway that stops ends its streams at once', async () => {
  const leaving = await startGateway(broker.nats.url)
  const client = await openSse(`${leaving.url}/v1/stream`)
  const web = await openSocket(`${leaving.url}/ws`)
  await Promise.all([client.first('changes'), web.first('changes')])
  const stalled = await openStalled(leaving.url, '/ws', upgradeHeaders)
  await until(async () => (await metric('clients', leaving)) === 3, 'three streams')
  const began = performance.now()
  await leaving.stop()
  // Far below the ten seconds after which a connection that stays open is cut.
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(client.messages.at(-1)).toMatchObject({ type: 'lost', reason: 'the gateway stops' })
  await client.ended
  expect(await web.closed).toEqual({ code: 1001, reason: 'the gateway stops' })
  stalled.destroy()
})
