// The lanes against a publisher whose answers the test gives, one by one: order and bounds do not depend on timing.

import { expect, test, vi } from 'vitest'
import { makeCircuit } from '../../../src/daemon/gateway/circuit.ts'
import { type LaneMessage, makeLanes } from '../../../src/daemon/gateway/lanes.ts'
import type { Message, Published } from '../../../src/daemon/stream/publish-batch.ts'

type Sent = { how: 'batch' | 'plain'; lines: string[]; answer(published?: Partial<Published>): Promise<void> }

function setUp(
  options: { lanes?: number; atomic?: boolean; plain_max?: number; probe?: () => Promise<void> } = {},
) {
  const sent: Sent[] = []
  let seq = 0
  const publish = (how: Sent['how']) => (messages: readonly Message[]) =>
    new Promise<Published>((resolve) => {
      sent.push({
        how,
        lines: messages.map(({ line }) => line),
        async answer(published = {}) {
          resolve({ seqs: messages.map(() => (published.failure ? 0 : ++seq)), ...published })
          // The lane goes on in microtasks.
          await new Promise(setImmediate)
        },
      })
    })
  const circuit = makeCircuit({ probe: options.probe ?? (async () => {}), probe_interval_ms: 10 })
  const publisher = {
    publishBatch: publish('batch'),
    publishPlain: publish('plain'),
    connected: () => true,
    close() {},
  }
  const lanes = makeLanes({
    publisher,
    circuit,
    lanes: 1,
    atomic: true,
    plain_max: 1,
    events_max: 100,
    bytes_max: 10_000,
    ...options,
  })
  return { lanes, sent, circuit, take: () => sent.shift() as Sent }
}

const message = (line: string, agent = line, bytes = 10): LaneMessage => ({
  subject: `beacon.ev.0.${agent}`,
  line,
  bytes,
  hash: 0,
})
const full = { failure: { reason: 'full', detail: 'maximum bytes exceeded' } } as const

test('an idle lane sends at once; what comes meanwhile makes the next batch', async () => {
  const { lanes, sent, take } = setUp()
  const first = lanes.admit([message('1')])
  const rest = ['2', '3', '4'].map((line) => lanes.admit([message(line)]))
  expect(sent).toMatchObject([{ how: 'plain', lines: ['1'] }])
  await take().answer()
  expect(await first).toEqual({ seqs: [1] })
  expect(sent).toMatchObject([{ how: 'batch', lines: ['2', '3', '4'] }])
  await take().answer()
  expect(await Promise.all(rest)).toEqual([{ seqs: [2] }, { seqs: [3] }, { seqs: [4] }])
  expect(lanes.depth()).toEqual({ events: 0, bytes: 0 })
})

test.each(['full', 'refused', 'unknown', 'unavailable'] as const)(
  'nothing overtakes a batch that failed (%s)',
  async (reason) => {
    const { lanes, sent, take } = setUp()
    const first = lanes.admit([message('1'), message('2')])
    const behind = lanes.admit([message('3')])
    await take().answer({ failure: { reason, detail: '' } })
    const code = reason === 'unknown' ? 'outcome_unknown' : 'overloaded'
    expect(await first).toMatchObject({ seqs: [0, 0], failure: { code } })
    expect(await behind).toMatchObject({ seqs: [0], failure: { code: 'overloaded' } })
    expect(sent).toEqual([])
  },
)

test('after a refusal little is tried first', async () => {
  const { lanes, sent, take, circuit } = setUp()
  const many = () => Array.from({ length: 50 }, (_, i) => message(`${i}`))
  void lanes.admit(many())
  await take().answer(full)
  await vi.waitFor(() => expect(circuit.state()).toBe('trial'))
  void lanes.admit(many())
  expect(sent).toMatchObject([{ how: 'plain', lines: ['0', '1', '2', '3', '4', '5', '6', '7'] }])
  await take().answer()
  expect(sent[0]?.lines).toHaveLength(42)
})

test('while the stream is full nothing is published, until a probe lets one try', async () => {
  const probe = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('no')).mockResolvedValue()
  const { lanes, sent, take, circuit } = setUp({ probe })
  void lanes.admit([message('1')])
  await take().answer(full)
  for (let i = 0; i < 50; i++) {
    expect(await lanes.admit([message('2')])).toMatchObject({
      failure: { code: 'overloaded', detail: expect.stringMatching(/full/) },
    })
  }
  expect(sent).toEqual([])
  await vi.waitFor(() => expect(circuit.state()).toBe('trial'))
  expect(probe).toHaveBeenCalledTimes(2)
  const trial = lanes.admit([message('3')])
  await take().answer()
  expect(await trial).toEqual({ seqs: [1] })
  expect(circuit.state()).toBe('closed')
})

test('an outcome that is unknown is told as such, also beside a refusal', async () => {
  const { lanes, take } = setUp({ lanes: 2 })
  const both = lanes.admit([message('1'), { ...message('2'), hash: 1 << 12 }])
  await take().answer({ failure: { reason: 'unknown', detail: 'no answer' } })
  await take().answer(full)
  expect(await both).toMatchObject({ seqs: [0, 0], failure: { code: 'outcome_unknown' } })
})

test('beyond the bounds it refuses at once, yet one message always fits', async () => {
  const { lanes, take } = setUp()
  const large = lanes.admit([message('large', 'a', 1_000_000)])
  expect(await lanes.admit([message('2')])).toMatchObject({ seqs: [0], failure: { code: 'overloaded' } })
  await take().answer()
  expect(await large).toEqual({ seqs: [1] })
  void lanes.admit(Array.from({ length: 100 }, (_, i) => message(`${i}`)))
  expect(await lanes.admit([message('101')])).toMatchObject({
    failure: { detail: expect.stringMatching(/100 events/) },
  })
})

test('without atomic batches a burst holds each agent once', async () => {
  const { lanes, sent, take } = setUp({ atomic: false })
  void lanes.admit([
    message('1', 'a'),
    message('2', 'b'),
    message('3', 'a'),
    message('4', 'c'),
    message('5', 'a'),
  ])
  for (const lines of [['1', '2'], ['3', '4'], ['5']]) {
    expect(sent).toMatchObject([{ how: 'plain', lines }])
    await take().answer()
  }
})

test('few different agents go one by one where that is cheaper, repeated ones as a batch', async () => {
  const { lanes, sent, take } = setUp({ plain_max: 4 })
  void lanes.admit([message('1'), message('2'), message('3', 'a'), message('4', 'a')])
  expect(sent).toMatchObject([{ how: 'batch', lines: ['1', '2', '3', '4'] }])
  await take().answer()
  void lanes.admit([message('5'), message('6')])
  expect(sent).toMatchObject([{ how: 'plain', lines: ['5', '6'] }])
})

test('a batch ends at 1,000 messages and at 4 MiB', async () => {
  const { lanes, sent, take } = setUp({ plain_max: 1 })
  void lanes.admit(Array.from({ length: 1_100 }, (_, i) => message(`${i}`)))
  expect(sent[0]?.lines).toHaveLength(1_000)
  await take().answer()
  expect(sent[0]?.lines).toHaveLength(100)
  await take().answer()
  void lanes.admit(Array.from({ length: 20 }, () => message('x', 'x', 300_000)))
  expect(sent[0]?.lines).toHaveLength(13)
})
