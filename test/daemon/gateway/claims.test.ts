// Claims at the doors: over HTTP, by request over NATS, and through BEACON_IN. The present beat is 1,000, of the bar 960–1,079.

import { gzipSync } from 'node:zlib'
import { jetstream } from '@nats-io/jetstream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../src/core/event.ts'
import { type RefusedClaims, refusedClaimsSubject } from '../../../src/core/status-claim.ts'
import { inStream } from '../../../src/core/subjects.ts'
import { beats_per_bar, beatUntilHeard, claimOf, windowOf } from './beats.ts'
import {
  type Answered,
  type Broker,
  type Running,
  readEvents,
  readMessages,
  request,
  startBroker,
  startGateway,
  until,
} from './running-gateway.ts'

const now = 1_000
const from_beat = 960

let broker: Broker
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
  await beatUntilHeard(broker, gateway, now)
})
afterAll(async () => {
  await gateway?.stop()
  await broker?.stop()
})

const send = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Answered> =>
  request(`${gateway.url}/ingest/claim`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
const post = (value: unknown) => send(JSON.stringify(value))
const eventsOf = async (agent: string) =>
  (await readEvents(broker)).filter(({ agent_id }) => agent_id === agent)

describe('what is stored', () => {
  test('a claim is answered with its sequence and the verdict, and stored as an event of kind claim', async () => {
    const fields = { state: 'done', task_id: 't:1', beats_left: 0, progress: 1, notes: 'ok' }
    const { status, body } = await post(claimOf('a:1', now, fields))
    expect({ status, body }).toEqual({
      status: 202,
      body: {
        status: 'accepted',
        seq: expect.any(Number),
        window_id: windowOf(now),
        on_time: true,
        late: false,
      },
    })
    expect(await eventsOf('a:1')).toMatchObject([
      {
        seq: body.seq,
        kind: 'claim',
        status: 'completed',
        subject: expect.stringMatching(/^beacon\.ev\.\d+\.a%3A1$/),
        metadata: {
          beat_index: now,
          task_id: 't:1',
          beats_left: 0,
          progress: 1,
          notes: 'ok',
          window_id: windowOf(now),
          from_beat,
          to_beat: from_beat + beats_per_bar - 1,
          on_time: true,
          late: false,
        },
      },
    ])
  })

  test.each([
    ['of a beat that is over, not on time', now - 1, { on_time: false, late: false }],
    ['of the bar before, late', from_beat - 1, { on_time: false, late: true }],
    ['of the first beat of the bar before', from_beat - beats_per_bar, { on_time: false, late: true }],
    ['a beat early, on time', now + 1, { on_time: true, late: false }],
  ])('a claim %s', async (_, beat_index, verdict) => {
    expect(await post(claimOf('times', beat_index))).toMatchObject({
      status: 202,
      body: { window_id: windowOf(beat_index), ...verdict },
    })
  })

  test("the agent's own clock decides nothing", async () => {
    for (const hlc of ['0000:0000:0000', 'ffff:ffff:ffff'])
      expect(await post(claimOf('skewed', now, { hlc }))).toMatchObject({
        status: 202,
        body: { on_time: true },
      })
  })

  test('an array: good claims are never held back by bad ones, and each bad one has its code', async () => {
    const answer = await post([
      claimOf('mixed', now),
      claimOf('mixed', now, { state: 'sleeping' }),
      claimOf('mixed', now + 2),
      7,
      claimOf('mixed', now, { state: 'helping' }),
    ])
    expect(answer).toMatchObject({
      status: 202,
      body: {
        status: 'accepted',
        accepted: 2,
        rejected: 3,
        errors: [
          { index: 1, code: 'claim_state', field: 'state', message: expect.any(String) },
          { index: 2, code: 'claim_too_early', field: 'beat_index', message: expect.any(String) },
          { index: 3, code: 'claim_not_object', field: '', message: expect.any(String) },
        ],
      },
    })
    expect((await eventsOf('mixed')).map(({ status }) => status)).toEqual(['executing', 'helping'])
  })

  test('NDJSON, and gzip', async () => {
    const line = JSON.stringify(claimOf('lines', now))
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    expect(await send(gzipSync(`${line}\n{"type":\n\n${line}\n`), headers)).toMatchObject({
      status: 202,
      body: { accepted: 2, rejected: 1, errors: [{ index: 1, line: 2, code: 'body_not_json' }] },
    })
  })

  test('more claims than a gateway queues', async () => {
    const claims = Array.from({ length: 25_000 }, (_, i) => claimOf(`many-${i % 500}`, now))
    expect(await post(claims)).toMatchObject({ status: 202, body: { accepted: 25_000 } })
  })

  test('the NATS door answers the same', async () => {
    const reply = await broker.nc.request('beacon.claim', JSON.stringify(claimOf('door', now)))
    expect(reply.json()).toMatchObject({ status: 'accepted', seq: expect.any(Number), on_time: true })
    const wrong = await broker.nc.request('beacon.claim', JSON.stringify(claimOf('door', now, { hlc: 'x' })))
    expect(wrong.headers?.get('Nats-Service-Error-Code')).toBe('422')
    expect(wrong.json()).toMatchObject({ code: 'claim_hlc' })
  })
})

/** Each rule: what breaks it, its code, and what the message must name. */
const wrong: [string, unknown, string, RegExp][] = [
  ['no object', 7, 'claim_not_object', /JSON object/],
  ['no type', claimOf('a', now, { type: undefined }), 'claim_type', /missing/],
  ['another type', claimOf('a', now, { type: 'backbeat.statusclaim.v2' }), 'claim_type', /v1/],
  ['no agent', claimOf('a', now, { agent_id: undefined }), 'claim_agent_id', /missing/],
  ['an agent id with a space', claimOf('a b', now), 'claim_agent_id', /A–Z/],
  ['an agent id that is too long', claimOf('a'.repeat(129), now), 'claim_agent_id', /128/],
  ['no beat', claimOf('a', now, { beat_index: undefined }), 'claim_beat_index', /missing/],
  ['a negative beat', claimOf('a', -1), 'claim_beat_index', /whole number/],
  ['half a beat', claimOf('a', now + 0.5), 'claim_beat_index', /whole number/],
  ['a state that is none', claimOf('a', now, { state: 'Idle' }), 'claim_state', /idle/],
  ['an hlc of another form', claimOf('a', now, { hlc: '1:2:3' }), 'claim_hlc', /hhhh/],
  ['a task id that is empty', claimOf('a', now, { task_id: '' }), 'claim_task_id', /1–128/],
  ['too many beats left', claimOf('a', now, { beats_left: 1_001 }), 'claim_beats_left', /1000/],
  ['progress above 1', claimOf('a', now, { progress: 1.01 }), 'claim_progress', /0 to 1/],
  ['notes that are too long', claimOf('a', now, { notes: 'n'.repeat(257) }), 'claim_notes', /257/],
  ['an unknown resource', claimOf('a', now, { resources: { gpu: 1 } }), 'claim_resources', /gpu/],
  ['a dependency that is no id', claimOf('a', now, { dependencies: ['x y'] }), 'claim_dependencies', /\[0\]/],
  ['metadata that is no object', claimOf('a', now, { metadata: [] }), 'claim_metadata', /an array/],
  ['an unknown field', claimOf('a', now, { mood: 'good' }), 'claim_unknown_field', /mood/],
  ['a bar long closed', claimOf('a', from_beat - beats_per_bar - 1), 'claim_too_late', /long closed/],
  ['a beat to come', claimOf('a', now + 2), 'claim_too_early', /to come/],
]

describe('what is refused', () => {
  test.each(wrong)('%s: 422 with the code of the rule', async (_, claim, code, detail) => {
    expect(await post(claim)).toMatchObject({
      status: 422,
      type: 'application/problem+json',
      body: { status: 422, code, detail: expect.stringMatching(detail), errors: [{ index: 0, code }] },
    })
  })

  test('many without a valid one: 422 with all of them', async () => {
    expect(await post([{}, 1])).toMatchObject({
      status: 422,
      body: { code: 'claim_invalid', accepted: 0, rejected: 2, errors: [{ code: 'claim_type' }, {}] },
    })
  })

  test.each(['', '[]', ' \n'])('an empty body %j: 422', async (body) => {
    expect(await send(body)).toMatchObject({ status: 422, body: { code: 'claim_invalid' } })
  })

  test('a body that is not JSON, of another type, too large', async () => {
    expect(await send('{"type"')).toMatchObject({ status: 400, body: { code: 'body_not_json' } })
    expect(await send('{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await send(Buffer.alloc(limits.body_bytes_max + 1, 0x20))).toMatchObject({ status: 413 })
    const large = claimOf('a', now, { metadata: { x: 'x'.repeat(limits.event_bytes_max) } })
    expect(await post(large)).toMatchObject({ status: 413, body: { code: 'event_too_large' } })
  })

  test('a claim at the door of the states: refused with the way to go', async () => {
    const claim = JSON.stringify({ agent_id: 'a', status: 's', kind: 'claim' })
    for (const body of [
      (await gateway.post(claim)).body,
      (await broker.nc.request('beacon.ingest', claim)).json(),
    ])
      expect(body).toMatchObject({ code: 'event_invalid', detail: expect.stringContaining('/ingest/claim') })
  })

  test('refused claims are told by code with some of their agents, and counted', async () => {
    const words: RefusedClaims[] = []
    const listening = broker.nc.subscribe(refusedClaimsSubject, {
      callback: (_, message) => void words.push(message.json()),
    })
    await broker.nc.flush()
    const told = (code: string) => words.reduce((sum, { counts }) => sum + (counts[code] ?? 0), 0)
    const claims = Array.from({ length: 8 }, (_, i) => claimOf(`early-${i}`, now + 7))
    await post([...claims, claimOf('not an id', now), claimOf('fine', now)])
    await until(() => told('claim_too_early') >= 8, 'the word about refused claims')
    listening.unsubscribe()
    expect(told('claim_agent_id')).toBeGreaterThanOrEqual(1)
    const agents = words.flatMap((word) => word.agents)
    expect(agents).toContain('early-0')
    expect(agents).not.toContain('not an id')
    expect(agents).not.toContain('fine')
    for (const word of words) expect(word.agents.length).toBeLessThanOrEqual(5)
    const { body } = await request(`${gateway.url}/metrics`)
    expect(body).toMatch(
      /^beacon_gateway_claims_refused_total\{code="claim_too_early",instance="gateway-1"\} [1-9]\d*$/m,
    )
    expect(body).not.toContain('early-0')
  })
})

describe('through BEACON_IN', () => {
  const publish = async (agent: string, body: unknown, subject = `backbeat.test.claim.${agent}`) =>
    (await jetstream(broker.nc).publish(subject, JSON.stringify(body))).seq
  const untilEmpty = () =>
    until(async () => (await broker.jsm.streams.info(inStream)).state.messages === 0, 'BEACON_IN to be empty')
  const quarantined = async () =>
    (await readMessages(broker))
      .filter(({ subject }) => subject.startsWith('beacon.quarantine.'))
      .map(({ text }) => JSON.parse(text))

  test('a claim is admitted, in order with the states of its agent', async () => {
    const seqs = [
      await publish('stranger', claimOf('stranger', now, { state: 'planning' })),
      await publish('stranger', { status: 'working' }, 'beacon.in.stranger'),
      await publish('stranger', claimOf('stranger', now, { state: 'failed' })),
      await publish('a%3Ab', claimOf('a:b', now)),
    ]
    await untilEmpty()
    const events = [...(await eventsOf('stranger')), ...(await eventsOf('a:b'))]
    expect(events.map(({ kind, status, in_seq }) => [kind, status, in_seq])).toEqual([
      ['claim', 'planning', seqs[0]],
      ['state', 'working', seqs[1]],
      ['claim', 'failed', seqs[2]],
      ['claim', 'executing', seqs[3]],
    ])
    expect(events[0]?.metadata).toMatchObject({ on_time: true, window_id: windowOf(now) })
  })

  test('what is refused goes to quarantine with its reason and code', async () => {
    const before = (await quarantined()).length
    await publish('x', claimOf('x', now + 9))
    await publish('x', claimOf('y', now))
    await publish('x', claimOf('x', now), 'backbeat.elsewhere.claim.x')
    await publish('x', claimOf('x', now), 'backbeat.test.claim.x.y')
    await publish('x', claimOf('x', now, { progress: 2 }))
    await publish('x', 'no claim')
    await untilEmpty()
    expect(await eventsOf('x')).toEqual([])
    expect((await quarantined()).slice(before).toSorted((a, b) => a.in_seq - b.in_seq)).toMatchObject([
      { field: 'beat_index', code: 'claim_too_early', subject: 'backbeat.test.claim.x' },
      { field: 'agent_id', reason: expect.stringContaining('not the one in the subject') },
      { field: 'subject', reason: 'the claim is for the cluster elsewhere, and this one is test' },
      { field: 'subject', reason: expect.stringContaining('one token') },
      { field: 'progress', code: 'claim_progress' },
      { field: '', code: 'claim_not_object' },
    ])
  })
})
