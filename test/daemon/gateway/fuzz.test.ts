// 10,000 bodies of garbage and of events that were tampered with: every answer is a documented one, nothing is lost
// beside them, and the gateway is unharmed. The seed is fixed and printed by fast-check when it finds something.

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Broker, type Running, readEvents, startBroker, startGateway } from './running-gateway.ts'

const seed = 20_260_626
const bodies = 10_000
const documented = new Set([202, 400, 413, 415, 422])

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
const eventText = fc.oneof(event, event, fc.jsonValue()).map((value) => JSON.stringify(value))
const document = fc.oneof(
  eventText,
  fc.array(eventText, { maxLength: 8 }).map((texts) => `[${texts.join(',')}]`),
  fc.array(eventText, { maxLength: 8 }).map((texts) => texts.join('\n')),
)
const tampered = fc
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
const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const type = fc.constantFrom(
  'application/json',
  'application/x-ndjson',
  'application/jsonl',
  'text/plain',
  'nonsense',
  '',
)
const encoding = fc.constantFrom('', '', '', 'gzip', 'broken gzip', 'br')
const body: fc.Arbitrary<Body> = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: tampered }, { weight: 1, arbitrary: garbage }), type, encoding)
  .map(([bytes, contentType, contentEncoding]) => ({
    bytes: contentEncoding === 'gzip' ? gzipSync(bytes) : bytes,
    headers: {
      ...(contentType ? { 'content-type': contentType } : {}),
      ...(contentEncoding ? { 'content-encoding': contentEncoding.replace('broken ', '') } : {}),
    },
  }))

test(`${bodies} fuzzed bodies (seed ${seed})`, async () => {
  let good = 0
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 50, maxLength: 50 }), async (batch) => {
      const answers = await Promise.all(batch.map(({ bytes, headers }) => gateway.post(bytes, headers)))
      for (const [i, answer] of answers.entries()) {
        const shown = `${JSON.stringify(batch[i]?.headers)} ${batch[i]?.bytes.toString('latin1')}`
        expect(documented, `${answer.status} for ${shown}`).toContain(answer.status)
        if (answer.status !== 202)
          expect(answer.body).toMatchObject({ status: answer.status, detail: expect.stringMatching(/./) })
      }
      const neighbour = await gateway.post(`[{"broken":1},{"agent_id":"neighbour","status":"${good}"}]`)
      expect(neighbour).toMatchObject({ status: 202, body: { accepted: 1, rejected: 1 } })
      good++
    }),
    { seed, numRuns: bodies / 50, endOnFailure: true },
  )
  const events = await readEvents(broker)
  const neighbours = events.filter(({ agent_id }) => agent_id === 'neighbour').map(({ status }) => status)
  expect(neighbours).toEqual(Array.from({ length: good }, (_, i) => String(i)))
  expect(await gateway.post('{"agent_id":"a","status":"fine"}')).toMatchObject({ status: 202 })
}, 60_000)
