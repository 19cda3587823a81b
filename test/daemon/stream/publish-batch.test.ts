import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { eventsStream } from '../../../src/core/subjects.ts'
import { watchDisconnects } from '../../../src/daemon/stream/disconnects.ts'
import { type Message, makePublisher, type Publisher } from '../../../src/daemon/stream/publish-batch.ts'
import { type Broker, freeze, startBroker, until } from '../gateway/running-gateway.ts'

let broker: Broker
let publisher: Publisher
let close: () => Promise<void>

async function open(options: Parameters<typeof startBroker>[0] = {}, ack_timeout_ms = 5_000) {
  broker = await startBroker(options)
  const nc = await connectBroker({ url: broker.nats.url, name: 'publisher' })
  publisher = makePublisher({ nc, disconnects: watchDisconnects(nc), id: 'test', ack_timeout_ms })
  close = async () => {
    publisher.close()
    await nc.close()
  }
}

afterEach(async () => {
  broker.nats.child.kill('SIGCONT')
  await close()
  await broker.stop()
})

const message = (line: string, subject = 'beacon.ev.0.a'): Message => ({
  subject,
  line,
  bytes: Buffer.byteLength(line),
})
const messages = (count: number, size = 10) =>
  Array.from({ length: count }, (_, i) => message(`${i}`.padEnd(size, '.')))

const stored = async () => (await broker.jsm.streams.info(eventsStream)).state.messages
const read = async (seq: number) => (await broker.jsm.direct.getMessage(eventsStream, { seq }))?.string()

describe('on a broker that works', () => {
  beforeEach(() => open())

  test('an atomic batch of 1,000 has consecutive sequences in its order', async () => {
    await publisher.publishPlain(messages(3))
    const { seqs, failure } = await publisher.publishBatch(messages(1_000))
    expect(failure).toBeUndefined()
    expect(seqs).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 4))
    expect(await read(4 + 999)).toMatch(/^999\./)
  })

  test('plain messages have a sequence each', async () => {
    const { seqs, failure } = await publisher.publishPlain(messages(500))
    expect(failure).toBeUndefined()
    expect(seqs).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
  })

  test('what is in a line arrives byte for byte', async () => {
    const line = '{"a":"é🤖\\n\\u0000"}'
    await publisher.publishBatch([message(line), message('x')])
    await publisher.publishPlain([message(line)])
    expect([await read(1), await read(3)]).toEqual([line, line])
  })

  test('batches at the same time do not mix', async () => {
    const results = await Promise.all([1, 2, 3].map(() => publisher.publishBatch(messages(200))))
    const firsts = results.map(({ seqs }) => seqs[0] as number)
    expect(firsts.toSorted((a, b) => a - b)).toEqual([1, 201, 401])
    for (const { seqs } of results) expect(seqs.at(-1)).toBe((seqs[0] as number) + 199)
  })

  test('a batch that is too large is refused as a whole', async () => {
    expect(await publisher.publishBatch(messages(1_001))).toMatchObject({ failure: { reason: 'refused' } })
    expect(await stored()).toBe(0)
  })

  test('without the stream nothing is promised', async () => {
    await broker.jsm.streams.delete(eventsStream)
    expect(await publisher.publishBatch(messages(2))).toMatchObject({ failure: { reason: 'unavailable' } })
    expect(await publisher.publishPlain(messages(2))).toMatchObject({
      seqs: [0, 0],
      failure: { reason: 'unavailable' },
    })
  })
})

describe('on a stream that is full', () => {
  beforeEach(() => open({ max_bytes: 64 * 1024 }))

  test('a batch is refused as a whole, and says so', async () => {
    const { seqs, failure } = await publisher.publishBatch(messages(100, 1_000))
    expect(failure).toMatchObject({ reason: 'full' })
    expect(seqs.every((seq) => seq === 0)).toBe(true)
    expect(await stored()).toBe(0)
  })

  test('plain messages are refused one by one', async () => {
    const { seqs, failure } = await publisher.publishPlain(messages(100, 1_000))
    expect(failure).toMatchObject({ reason: 'full' })
    expect(seqs.filter((seq) => seq > 0)).toHaveLength(await stored())
    expect(seqs[0]).toBe(1)
    expect(seqs.at(-1)).toBe(0)
  })
})

describe('on a broker in trouble', () => {
  test('that does not answer, the outcome is unknown after the timeout', async () => {
    await open({}, 200)
    await freeze(broker)
    expect(await publisher.publishBatch(messages(5))).toMatchObject({ failure: { reason: 'unknown' } })
    expect(await publisher.publishPlain(messages(5))).toMatchObject({ failure: { reason: 'unknown' } })
    broker.nats.child.kill('SIGCONT')
    await until(
      async () => !(await publisher.publishBatch(messages(5))).failure,
      'the broker to answer again',
    )
  })

  test('that is killed, the outcome is unknown at once, and then it is unavailable', async () => {
    await open({}, 60_000)
    await freeze(broker)
    const waiting = publisher.publishBatch(messages(5))
    broker.nats.child.kill('SIGKILL')
    expect(await waiting).toMatchObject({ failure: { reason: 'unknown' } })
    expect(publisher.connected()).toBe(false)
    expect(await publisher.publishPlain(messages(5))).toMatchObject({ failure: { reason: 'unavailable' } })
  })
})
