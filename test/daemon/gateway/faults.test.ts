import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { eventsStream } from '../../../src/core/subjects.ts'
import {
  type Broker,
  freePort,
  freeze,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
  until,
} from './running-gateway.ts'

let broker: Broker
let gateway: Running
const leftovers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  broker.nats.child.kill('SIGCONT')
  await gateway.stop()
  await broker.stop()
  for (const clean of leftovers.splice(0)) await clean()
})

const event = (agent_id: string, fields: object = {}) => JSON.stringify({ agent_id, status: 's', ...fields })
const refused = (code: string) => ({ status: 503, retry_after: '1', body: { code } })
const untilAccepted = () => until(async () => (await gateway.post(event('later'))).status === 202, 'a 202')

test('a broker that is stopped: 503 at once, and by itself 202 when it is back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'beacon-gateway-'))
  leftovers.push(() => rmSync(dir, { recursive: true, force: true }))
  const port = await freePort()
  broker = await startBroker({ dir, port })
  gateway = await startGateway(broker.nats.url)
  expect((await gateway.post(event('before'))).status).toBe(202)
  await broker.stop()
  // The first one may be on its way when the connection breaks.
  expect(await gateway.post(event('a'))).toMatchObject({ status: 503, retry_after: '1' })
  expect(await gateway.post(event('a'))).toMatchObject(refused('overloaded'))
  expect(await request(`${gateway.url}/ready`)).toMatchObject(refused('overloaded'))
  expect(await request(`${gateway.url}/health`)).toMatchObject({ status: 200 })
  broker = await startBroker({ dir, port })
  await untilAccepted()
  expect((await readEvents(broker)).map((each) => each.agent_id)).toEqual(['before', 'later'])
  await until(async () => (await request(`${gateway.url}/ready`)).status === 200, 'readiness')
})

test('a stream that is full: 503, and by itself 202 when there is room', async () => {
  broker = await startBroker({ max_bytes: 200_000 })
  gateway = await startGateway(broker.nats.url)
  const filler = event('full', { metadata: { x: 'x'.repeat(5_000) } })
  let accepted = 0
  const answer = await until(async () => {
    const next = await gateway.post(filler)
    if (next.status !== 202) return next
    accepted++
    return undefined
  }, 'the stream to be full')
  expect(answer).toMatchObject(refused('overloaded'))
  expect(answer.body.detail).toContain('full')
  expect(await gateway.post(filler)).toMatchObject(refused('overloaded'))
  expect(await readEvents(broker)).toHaveLength(accepted)
  await broker.jsm.streams.purge(eventsStream)
  await untilAccepted()
})

test('an array that does not fit as a whole: 503 that says which events have no promise', async () => {
  broker = await startBroker({ max_bytes: 2_000_000 })
  gateway = await startGateway(broker.nats.url)
  const events = Array.from({ length: 6_000 }, (_, i) => ({
    agent_id: `a${i % 40}`,
    status: `${i}`,
    n: 'x'.repeat(300),
  }))
  events[3] = { agent_id: '', status: '', n: '' }
  const answer = await gateway.post(JSON.stringify(events))
  expect(answer).toMatchObject(refused('overloaded'))
  const { accepted, rejected, not_stored, errors } = answer.body
  const missing = (not_stored as [number, number][]).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  )
  expect({ rejected, errors }).toMatchObject({ rejected: 1, errors: [{ index: 3, field: 'agent_id' }] })
  expect(accepted).toBeGreaterThan(0)
  expect(accepted + rejected + missing.length).toBe(6_000)
  const stored = new Set((await readEvents(broker)).map((each) => Number(each.status)))
  expect(stored.size).toBe(accepted)
  expect(missing.filter((index) => stored.has(index))).toEqual([])
  // Of an agent nothing is stored behind what is not.
  for (const index of missing) expect(stored.has(index + 40)).toBe(false)
})

test('a broker that hangs: the outcome is unknown, then 503 at once, and by itself 202 when it goes on', async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url, {}, { ack_timeout_ms: 300 })
  expect((await gateway.post(event('a'))).status).toBe(202)
  await freeze(broker)
  expect(await gateway.post(event('a'))).toMatchObject(refused('outcome_unknown'))
  expect(await gateway.post(event('a'))).toMatchObject(refused('overloaded'))
  broker.nats.child.kill('SIGCONT')
  await untilAccepted()
})

test('a graceful stop answers what is in flight, and takes nothing new', async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
  await freeze(broker)
  const answers = Array.from({ length: 20 }, (_, i) => gateway.post(event(`a${i}`)))
  await until(() => Number(gateway.stats().queue_events) === 20, 'the events to be queued')
  const stopped = gateway.stop()
  const late = await gateway.post(event('late')).then(
    (answer) => answer.status,
    () => 'refused',
  )
  expect([503, 'refused']).toContain(late)
  broker.nats.child.kill('SIGCONT')
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({ status: 202, connection: 'close' })
  await stopped
  expect(await readEvents(broker)).toHaveLength(20)
})

test('a graceful stop answers what came over NATS', async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
  // One agent without atomic batches would be one batch each; with them, the first alone and the others behind it.
  const answers = Array.from({ length: 200 }, () =>
    broker.nc.request('beacon.ingest', event('same'), { timeout: 10_000 }),
  )
  await Promise.race(answers)
  await gateway.stop()
  for (const answer of await Promise.all(answers)) expect(answer.json()).toMatchObject({ status: 'accepted' })
})

test.each([true, false])(
  'per agent the stream has the order of the answers (atomic batches: %s)',
  async (atomic) => {
    broker = await startBroker({ atomic })
    gateway = await startGateway(broker.nats.url)
    const agents = Array.from({ length: 12 }, (_, i) => `agent ${i}`)
    const answered = new Map<string, number[]>(agents.map((agent) => [agent, []]))
    await Promise.all(
      agents.map(async (agent) => {
        for (let agent_seq = 1; agent_seq <= 40; agent_seq += 2) {
          const pair = [agent_seq, agent_seq + 1].map((n) => ({ agent_id: agent, status: 's', agent_seq: n }))
          if (agent_seq % 3 === 0) {
            expect((await gateway.post(JSON.stringify(pair))).body.accepted).toBe(2)
            continue
          }
          for (const each of pair) {
            const { body } = await gateway.post(JSON.stringify(each))
            answered.get(agent)?.push(body.seq)
          }
        }
      }),
    )
    const events = await readEvents(broker)
    expect(events).toHaveLength(12 * 40)
    for (const agent of agents) {
      const own = events.filter((each) => each.agent_id === agent)
      expect(own.map((each) => each.agent_seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
      expect(own.map((each) => each.hlc)).toEqual(own.map((each) => each.hlc).toSorted())
      const seqs = answered.get(agent) ?? []
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    }
  },
)
