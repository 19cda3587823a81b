import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentsDocument } from '../../../src/core/agents-document.ts'
import { type RunningAggregator, startAggregator, writeEvent } from '../aggregator/running-aggregator.ts'
import { type Broker, type Running, request, startBroker, startGateway, until } from './running-gateway.ts'

const strange = ['a/b', '../c', 'dot.dot', 'an id', '%41', 'ключ', '🚀/🛰', 'q?x=1&y#z', `${'é'.repeat(128)}`]

let broker: Broker
let aggregator: RunningAggregator
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  for (let i = 0; i < 1_203; i++) {
    const status = i % 100 === 0 ? 'error' : 'running'
    const agent_id = `agent-${String(i).padStart(4, '0')}`
    await writeEvent(broker.nc, { agent_id, status, metadata: { task: `t${i % 3}`, part: i % 2 } })
  }
  for (const agent_id of strange) await writeEvent(broker.nc, { agent_id, status: 'strange' })
  aggregator = await startAggregator(broker.nats.url)
  gateway = await startGateway(broker.nats.url)
  await until(async () => (await list('limit=0')).matched === 1_203 + strange.length, 'all agents')
})
afterAll(async () => {
  await gateway?.stop()
  await aggregator?.stop()
  await broker?.stop()
})

const get = (path: string) => request(`${gateway.url}/api/v1/${path}`)
async function list(query: string): Promise<AgentsDocument> {
  const { status, body } = await get(`agents?${query}`)
  expect({ status, schema: body.schema }).toEqual({ status: 200, schema: 'beacon.agents.v1' })
  return body
}
const idsOf = ({ agents }: AgentsDocument) => agents.map(({ agent_id }) => agent_id)

describe('GET /api/v1/agents', () => {
  test('lists the first hundred, each with every field, and says how many there are', async () => {
    const document = await list('sort=agent&where=agent:agent-*')
    expect(document).toMatchObject({ matched: 1_203, offset: 0, totals: { agents: 1_203 + strange.length } })
    expect(document.agents).toHaveLength(100)
    expect(document.agents[1]).toEqual({
      agent_id: 'agent-0001',
      health: 'healthy',
      needs: 'none',
      status: 'running',
      activity: 'busy',
      task: 't1',
      rate: expect.any(Number),
      errors: 0,
      events: 1,
      gaps: 0,
      missing: 0,
      status_since: expect.stringMatching(/^20.*Z$/),
      last_seen: expect.stringMatching(/^20.*Z$/),
      idle_s: expect.any(Number),
      seq: 2,
      text: 'part 1',
    })
  })

  test('filters, turns the order round and gives the wanted columns in their order', async () => {
    const document = await list(
      'where=status:error&sort=agent&reverse&limit=2&columns=seq,agent_id,meta.part',
    )
    expect(document.matched).toBe(13)
    expect(document.agents).toEqual([
      { seq: 1_201, agent_id: 'agent-1200', 'meta.part': '0' },
      { seq: 1_101, agent_id: 'agent-1100', 'meta.part': '0' },
    ])
    expect(Object.keys(document.agents[0] ?? {})).toEqual(['seq', 'agent_id', 'meta.part'])
  })

  test('a list longer than a view holds each agent once, in the wanted order', async () => {
    const document = await list('sort=seq&where=agent:agent-*&limit=10000&columns=agent_id')
    const expected = Array.from({ length: 1_203 }, (_, i) => `agent-${String(1_202 - i).padStart(4, '0')}`)
    expect(idsOf(document)).toEqual(expected)
    const part = await list('sort=seq&where=agent:agent-*&limit=700&offset=400&columns=agent_id')
    expect(idsOf(part)).toEqual(expected.slice(400, 1_100))
    expect(part).toMatchObject({ matched: 1_203, offset: 400 })
  })

  test('pages by offset, and behind the end there is nothing', async () => {
    const first = await list('sort=agent&limit=5')
    const second = await list('sort=agent&limit=5&offset=5')
    const both = await list('sort=agent&limit=10')
    expect([...idsOf(first), ...idsOf(second)]).toEqual(idsOf(both))
    expect((await list('offset=5000')).agents).toEqual([])
  })

  test('with group it counts instead', async () => {
    const document = await list('group=meta.part&where=agent:agent-*')
    expect(document.agents).toEqual([])
    expect(document.groups).toMatchObject([
      { key: '0', agents: 602, by_health: { healthy: 602, unhealthy: 0 } },
      { key: '1', agents: 601 },
    ])
    expect(document.other_groups).toBe(0)
    expect((await list('group=status&limit=1')).agents).toHaveLength(1)
  })

  test.each([
    ['limt=1', /^there is no parameter 'limt'; did you mean limit\?$/],
    ['limit=ten', /^limit: 'ten' is no whole number from 0 to 10000$/],
    ['limit=10001', /^limit: /],
    ['limit=1&limit=2', /^limit: is given several times$/],
    ['sort=rat', /^sort: 'rat' is none of .*; did you mean rate\?$/],
    ['columns=agent_id,helth', /^columns: 'helth' is none of .* meta\.<key>; did you mean health\?$/],
    ['columns=', /^columns: /],
    ['group=colour', /^group: 'colour' is none of .* meta\.<key>$/],
    ['needs=maybe', /^needs: 'maybe' is neither true nor false$/],
    ['at=yesterday', /^at: 'yesterday' is no time/],
    ['offset=-1', /^offset: /],
  ])('%s: 400, and the parameter is named', async (query, detail) => {
    expect(await get(`agents?${query}`)).toMatchObject({
      status: 400,
      type: 'application/problem+json',
      body: {
        code: 'usage',
        detail: expect.stringMatching(detail),
        hint: expect.stringMatching(/where, needs/),
      },
    })
  })

  test('a wrong expression: 400 with the place', async () => {
    expect(await get(`agents?where=${encodeURIComponent('status:x rate>fast')}`)).toMatchObject({
      status: 400,
      body: { code: 'expression_invalid', detail: expect.stringMatching(/^where: .*\(position 15\)$/) },
    })
  })
})

describe('GET /api/v1/agents/:id', () => {
  test.each(strange)('the id %s is found, percent-encoded', async (id) => {
    expect(await get(`agents/${encodeURIComponent(id)}`)).toMatchObject({
      status: 200,
      body: { schema: 'beacon.agent.v1', agent_id: id, status: 'strange', reasons: expect.any(Array) },
    })
  })

  test.each(['nobody', '', 'x'.repeat(256)])('the unknown id "%s": 404', async (id) => {
    expect(await get(`agents/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('a parameter that it does not know: 400', async () => {
    expect(await get('agents/agent-0001?where=x')).toMatchObject({
      status: 400,
      body: { detail: "there is no parameter 'where'" },
    })
  })
})

describe('without a historian', () => {
  test.each(['agents?at=10m', 'agents/agent-0001?at=10m', 'events?last'])(
    '%s: 503 with Retry-After',
    async (path) => {
      expect(await get(path)).toMatchObject({
        status: 503,
        retry_after: '1',
        body: { code: 'daemon_unreachable', detail: 'no historian answers' },
      })
    },
  )

  test.each([
    ['events?from=3', /'from'/],
    ['events?limit=0', /^limit: '0' is no whole number from 1 to 1000$/],
    ['events?since=soon', /^since: /],
    ['events?agent=', /^agent: '' is empty$/],
  ])('%s: 400 all the same', async (path, detail) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } })
  })

  test('only events have events: an expression over agents is refused', async () => {
    expect(await get('events?where=health:late')).toMatchObject({
      status: 400,
      body: { code: 'expression_invalid' },
    })
  })
})

test('what reads is not for pages of other origins', async () => {
  const headers = { origin: 'https://evil.example' }
  expect(await request(`${gateway.url}/api/v1/agents`, { headers })).toMatchObject({
    status: 403,
    body: { code: 'origin_refused' },
  })
})

test('reads go on while nothing can be stored', async () => {
  const full = await startBroker({ max_bytes: 1 })
  const picture = await startAggregator(full.nats.url)
  const refusing = await startGateway(full.nats.url)
  try {
    await until(async () => {
      const { status } = await refusing.post('{"agent_id":"a","status":"s"}')
      return status === 503
    }, 'the gateway to refuse')
    expect(await request(`${refusing.url}/api/v1/agents`)).toMatchObject({ status: 200 })
  } finally {
    await refusing.stop()
    await picture.stop()
    await full.stop()
  }
})
