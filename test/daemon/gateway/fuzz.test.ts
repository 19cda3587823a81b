// 10,000 bodies of garbage and of events, or claims, that were tampered with: every answer is a documented one, nothing is
// lost beside them, and the gateway is unharmed. The seed is fixed and printed by fast-check when it finds something.

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimStates } from '../../../src/core/status-claim.ts'
import { beatUntilHeard, claimOf } from './beats.ts'
import {
  type Broker,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
} from './running-gateway.ts'

const seed = 20_260_626
const bodies = 10_000
const present = 1_000
const documented = new Set([202, 400, 413, 415, 422])

let broker: Broker
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
  await beatUntilHeard(broker, gateway, present)
})
afterAll(async () => {
  await gateway?.stop()
  await broker?.stop()
})

type Body = { bytes: Buffer; headers: Record<string, string> }

const event = fc.record(
  {
    agent_id: fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('running', 'idle') },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    timestamp: fc.oneof(fc.constant('2026-06-26T12:00:00Z'), fc.string(), fc.jsonValue()),
    metadata: fc.oneof(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.jsonValue()),
    kind: fc.constantFrom('state', 'log', 'claim', 'command', 7),
    agent_seq: fc.oneof(fc.integer(), fc.double()),
    id: fc.string({ unit: 'binary', maxLength: 140 }),
    ['__proto__']: fc.jsonValue(),
    run: fc.string({ maxLength: 140 }),
  },
  { requiredKeys: [] },
)
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: fc.jsonValue() })
const claim = fc.record(
  {
    type: mostly(fc.constant('backbeat.statusclaim.v1')),
    agent_id: mostly(fc.stringMatching(/^[A-Za-z0-9_:-]{1,20}$/)),
    beat_index: mostly(fc.integer({ min: present - 130, max: present + 3 })),
    state: mostly(fc.constantFrom(...claimStates, 'done')),
    hlc: mostly(fc.constant('7ffd:0001:beef')),
    task_id: mostly(fc.constantFrom('t', null)),
    beats_left: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.double()),
    progress: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double()),
    notes: mostly(fc.string({ unit: 'binary' })),
    resources: mostly(fc.record({ cpu_percent: fc.double() }, { requiredKeys: [] })),
    dependencies: mostly(fc.array(fc.constantFrom('t', ''))),
    metadata: mostly(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())),
    ['__proto__']: fc.jsonValue(),
  },
  { requiredKeys: ['type', 'agent_id', 'beat_index', 'state', 'hlc'] },
)

const type = fc.constantFrom(
  'application/json',
  'application/x-ndjson',
  'application/jsonl',
  'text/plain',
  'nonsense',
  '',
)
const encoding = fc.constantFrom('', '', '', 'gzip', 'broken gzip', 'br')
const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

/** Bodies of these, in every form. */
function toBodies(entry: fc.Arbitrary<unknown>): fc.Arbitrary<Body> {
  const text = fc.oneof(entry, entry, fc.jsonValue()).map((value) => JSON.stringify(value))
  const document = fc.oneof(
    text,
    fc.array(text, { maxLength: 8 }).map((texts) => `[${texts.join(',')}]`),
    fc.array(text, { maxLength: 8 }).map((texts) => texts.join('\n')),
  )
  return fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: tamper(document) }, { weight: 1, arbitrary: garbage }),
      type,
      encoding,
    )
    .map(([bytes, contentType, contentEncoding]) => ({
      bytes: contentEncoding === 'gzip' ? gzipSync(bytes) : bytes,
      headers: {
        ...(contentType ? { 'content-type': contentType } : {}),
        ...(contentEncoding ? { 'content-encoding': contentEncoding.replace('broken ', '') } : {}),
      },
    }))
}

const tamper = (document: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      document,
      fc.nat(),
      fc.constantFrom('cut', 'flip', 'double', 'none'),
      fc.integer({ min: 0, max: 255 }),
    )
    .map(([text, where, how, byte]) => {
      const bytes = Buffer.from(text)
      const at = bytes.length === 0 ? 0 : where % bytes.length
      if (how === 'cut') return bytes.subarray(0, at)
      if (how === 'double') return Buffer.concat([bytes.subarray(0, at), bytes])
      if (how === 'flip' && bytes.length > 0) bytes[at] = byte
      return bytes
    })

/** What is sent beside the fuzzed bodies, `n` counts up. */
const doors = [
  {
    path: '/ingest/state',
    entry: event,
    neighbour: (n: number) => ({ agent_id: 'neighbour', status: String(n) }),
    kind: 'state',
  },
  {
    path: '/ingest/claim',
    entry: claim,
    neighbour: (n: number) => claimOf('neighbour', present, { state: claimStates[n % claimStates.length] }),
    kind: 'claim',
  },
]

test.each(doors)(
  `${bodies} fuzzed bodies to $path (seed ${seed})`,
  async ({ path, entry, neighbour, kind }) => {
    const post = (body: string | Buffer, headers: Record<string, string>) =>
      request(gateway.url + path, { method: 'POST', body, headers })
    const json = { 'content-type': 'application/json' }
    let good = 0
    await fc.assert(
      fc.asyncProperty(fc.array(toBodies(entry), { minLength: 50, maxLength: 50 }), async (batch) => {
        const answers = await Promise.all(batch.map(({ bytes, headers }) => post(bytes, headers)))
        for (const [i, answer] of answers.entries()) {
          const shown = `${JSON.stringify(batch[i]?.headers)} ${batch[i]?.bytes.toString('latin1')}`
          expect(documented, `${answer.status} for ${shown}`).toContain(answer.status)
          if (answer.status !== 202)
            expect(answer.body).toMatchObject({ status: answer.status, detail: expect.stringMatching(/./) })
        }
        const beside = await post(JSON.stringify([{ broken: 1 }, neighbour(good)]), json)
        expect(beside).toMatchObject({ status: 202, body: { accepted: 1, rejected: 1 } })
        good++
      }),
      { seed, numRuns: bodies / 50, endOnFailure: true },
    )
    const events = (await readEvents(broker)).filter((each) => each.kind === kind)
    const neighbours = events.filter(({ agent_id }) => agent_id === 'neighbour').map(({ status }) => status)
    expect(neighbours).toEqual(
      Array.from({ length: good }, (_, n) => {
        const sent = neighbour(n)
        return 'state' in sent ? sent.state : sent.status
      }),
    )
    expect(await post(JSON.stringify(neighbour(good)), json)).toMatchObject({ status: 202 })
  },
  60_000,
)
