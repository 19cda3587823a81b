import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noteReport, toOpenBar } from '../../src/core/bars.ts'
import { type Fleet, fold, makeFleet, pass } from '../../src/core/fleet.ts'
import { decodeFleet, encodeSnapshot, snapshotFleet } from '../../src/core/fleet-checkpoint.ts'
import { toChunk } from '../../src/core/fleet-chunk.ts'
import { columnNames } from '../../src/core/fleet-columns.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { arraysOf } from '../../src/core/fleet-layout.ts'
import type { ClaimState } from '../../src/core/status-claim.ts'
import { type ClaimItem, claimHistories, windowOf } from './claim-histories.ts'
import { histories, start_ms } from './histories.ts'

const foldAll = (fleet: Fleet, events: FleetEvent[]): Fleet => {
  for (const event of events) fold(fleet, event)
  return fleet
}
const encode = (fleet: Fleet): Uint8Array[] => [...encodeSnapshot(snapshotFleet(fleet))]
const decode = (chunks: Uint8Array[]): Fleet => {
  const fleet = decodeFleet(chunks)
  if (!fleet.ok) throw new Error(fleet.error)
  return fleet.value
}

/** Everything that the fleet is, without the room that it has left. */
const wholeOf = (fleet: Fleet) => ({
  ...snapshotFleet(fleet),
  numbers: [...fleet.numbers],
  texts: [fleet.statuses, fleet.tasks].map(({ numbers, counts, marks }) => ({
    counts,
    held: new Map([...numbers].map(([text, number]) => [text, [number, marks[number]]])),
  })),
  totals: Object.entries(fleet).filter(([, value]) => typeof value === 'number'),
})

const eventOf = (i: number, over: Partial<FleetEvent> = {}): FleetEvent => ({
  seq: i + 1,
  agent_id: `agent-${i}`,
  kind: 'state',
  status: 'running',
  received_at_ms: start_ms + i,
  metadata: '{}',
  ...over,
})

test('a checkpoint at any point and the rest of the events give the fleet of an uninterrupted fold', () => {
  fc.assert(
    fc.property(histories(), fc.nat(200), (history, at) => {
      const restored = decode(encode(foldAll(makeFleet(1), history.slice(0, at))))
      foldAll(restored, history.slice(at))
      expect(wholeOf(restored)).toEqual(wholeOf(foldAll(makeFleet(), history)))
    }),
    { numRuns: 300 },
  )
})

test('with claims and reports between, open bars go on as if the fold had never stopped', () => {
  fc.assert(
    fc.property(claimHistories(), fc.nat(200), (history, at) => {
      const items = history.map((item, i) => ({ item, seq: i + 1 }))
      const restored = decode(encode(foldItems(makeFleet(1), items.slice(0, at))))
      foldItems(restored, items.slice(at))
      const whole = foldItems(makeFleet(), items)
      expect(wholeOf(restored)).toEqual(wholeOf(whole))
      expect(restored.bars.open.map((bar) => toOpenBar(restored.bars, bar))).toEqual(
        whole.bars.open.map((bar) => toOpenBar(whole.bars, bar)),
      )
    }),
    { numRuns: 300 },
  )
})

function foldItems(fleet: Fleet, items: { item: ClaimItem; seq: number }[]): Fleet {
  for (const { item, seq } of items)
    if (item.claim) {
      const { state: status } = item.claim
      fold(fleet, eventOf(seq, { kind: 'claim', agent_id: `agent-${item.agent}`, status, claim: item.claim }))
    } else {
      pass(fleet, seq)
      noteReport(fleet.bars, item.report)
    }
  return fleet
}

test('a checkpoint from before there were claims is read, without bars', () => {
  const fleet = foldAll(makeFleet(), [eventOf(1)])
  const [head, ...rest] = encode(fleet) as [Uint8Array, ...Uint8Array[]]
  const { json, arrays } = partsOf(head)
  expect(json.bars).toEqual([])
  const older = toChunk({ ...json, bars: undefined }, arrays)
  expect(wholeOf(decode([older, ...rest.map(withoutTasks)]))).toEqual(wholeOf(fleet))
})

test('a part of many agents that promise and fail is not large', () => {
  const fleet = makeFleet()
  for (let i = 0; i < 6_000; i++)
    for (let n = 0; n < 10; n++) {
      const state = n % 2 ? 'helping' : 'failed'
      const claim = {
        ...windowOf(5),
        state,
        task: `task:${n}`,
        progress: 0,
        on_time: true,
        late: false,
      } as const
      fold(fleet, eventOf(i * 10 + n, { agent_id: `agent-${i}`, kind: 'claim', status: state, claim }))
    }
  const chunks = encode(fleet)
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(2 * 1024 * 1024)
  expect(wholeOf(decode(chunks))).toEqual(wholeOf(fleet))
})

test.each<[words: string, bars: (head: Record<string, unknown>) => unknown, error: string]>([
  ['that are no list', () => ({}), 'a value is of the wrong kind'],
  ['without their beats', (head) => [{ ...head, from_beat: null }], 'a value is of the wrong kind'],
  ['with a report that is none', (head) => [{ ...head, report: '{}' }], 'a report is not whole'],
  ['more than there are entries for', (head) => [head, head], 'it is cut short'],
])('bars %s are an error', (_words, change, error) => {
  const fleet = foldItems(makeFleet(), [{ seq: 1, item: { agent: 0, claim: claimOf('helping') } }])
  const [head, ...rest] = encode(fleet) as [Uint8Array, ...Uint8Array[]]
  const { json, arrays } = partsOf(head)
  const bars = change((json.bars as Record<string, unknown>[])[0] ?? {})
  expect(decodeFleet([toChunk({ ...json, bars }, arrays), ...rest])).toEqual({
    ok: false,
    error: expect.stringContaining(error),
  })
})

const claimOf = (state: ClaimState) =>
  ({ ...windowOf(5), state, task: 't', progress: 0, on_time: true, late: false }) as const

/** A part's JSON and its arrays, as one run of bytes: all are padded to eight, but for the last. */
function partsOf(chunk: Uint8Array) {
  const json_bytes = new Uint32Array(chunk.buffer, 8, 1)[0] as number
  const json = JSON.parse(Buffer.from(chunk).toString('utf8', 16, 16 + json_bytes)) as Record<string, unknown>
  const arrays = [chunk.subarray(Math.ceil((16 + json_bytes) / 8) * 8)]
  return { json, arrays }
}

test('a checkpoint from before there were leases is read, without them', () => {
  const events = [eventOf(1), eventOf(2, { kind: 'heartbeat', heartbeat_interval_ms: 5_000 })]
  const fleet = foldAll(makeFleet(), events)
  const [head, ...rest] = encode(fleet) as [Uint8Array, ...Uint8Array[]]
  const { json, arrays } = partsOf(head)
  const older = (json.columns as string[]).filter((name) => name !== 'lease_ms')
  const agents = rest.map((chunk) => {
    if (partsOf(chunk).json.part !== 'agents') return chunk
    const { installations: _, platforms: __, ...left } = partsOf(chunk).json
    const columns = columnNames.filter((name) => name !== 'lease_ms')
    return toChunk(left, arraysOf(snapshotFleet(fleet), 0, 2, columns))
  })
  expect(wholeOf(decode([toChunk({ ...json, columns: older }, arrays), ...agents]))).toEqual(wholeOf(fleet))
  const foreign = toChunk({ ...json, columns: older.slice(1) }, arrays)
  expect(decodeFleet([foreign, ...agents])).toEqual({ ok: false, error: 'part 0: its columns are others' })
})

function withoutTasks(chunk: Uint8Array): Uint8Array {
  const { json, arrays } = partsOf(chunk)
  return json.part === 'agents' ? toChunk({ ...json, tasks: undefined }, arrays) : chunk
}

test('a snapshot is of its moment, whatever is folded before it is written', () => {
  // So many that the ring of the newest events is full.
  const many = Array.from({ length: 250 }, (_, i) => eventOf(i, { agent_id: 'agent-0' }))
  fc.assert(
    fc.property(histories(), histories(), (before, after) => {
      const fleet = foldAll(makeFleet(1), [...many, ...before])
      const wanted = Buffer.concat(encode(fleet))
      const snapshot = snapshotFleet(fleet)
      foldAll(fleet, after)
      expect(Buffer.concat([...encodeSnapshot(snapshot)]).equals(wanted)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a large fleet comes in parts that are not large', () => {
  const fleet = makeFleet()
  for (let i = 0; i < 9_000; i++)
    fold(
      fleet,
      eventOf(i, { task: `task ${i % 7_000}`, metadata: JSON.stringify({ text: 'x'.repeat(i % 4_000) }) }),
    )
  const chunks = encode(fleet)
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(2 * 1024 * 1024)
  expect(wholeOf(decode(chunks))).toEqual(wholeOf(fleet))
})

test('a part of agents with long platforms is not large', () => {
  const fleet = makeFleet()
  const platform = JSON.stringify({ type: 'docker', image: 'x'.repeat(2_000) })
  for (let i = 0; i < 2_000; i++)
    fold(fleet, eventOf(i, { kind: 'heartbeat', installation_id: `i${i}`, platform }))
  const chunks = encode(fleet)
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(2 * 1024 * 1024)
  expect(wholeOf(decode(chunks))).toEqual(wholeOf(fleet))
})

test('texts of any kind come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 20 }), (texts) => {
      const fleet = makeFleet()
      for (const [i, text] of texts.entries())
        fold(
          fleet,
          eventOf(i, {
            agent_id: text,
            status: text,
            task: text,
            run: text,
            agent_seq: i,
            metadata: JSON.stringify({ text }),
          }),
        )
      expect(wholeOf(decode(encode(fleet)))).toEqual(wholeOf(fleet))
    }),
    { numRuns: 30 },
  )
})

test('an empty fleet comes back empty', () => {
  expect(wholeOf(decode(encode(makeFleet())))).toEqual(wholeOf(makeFleet()))
})

/** A fleet with everything in it: several parts, several runs, gaps, free numbers. */
function fullFleet(more: FleetEvent[] = []): Uint8Array[] {
  const fleet = makeFleet()
  for (let i = 0; i < 4_300; i++)
    fold(
      fleet,
      eventOf(i, { status: `s${i}`, agent_id: `agent-${i % 2_100}`, run: `r${i % 8}`, agent_seq: i % 13 }),
    )
  return encode(foldAll(fleet, more))
}

test('parts that are missing, twice, in another order or of another checkpoint are an error', () => {
  const chunks = fullFleet()
  const [head, ...rest] = chunks as [Uint8Array, ...Uint8Array[]]
  const other = fullFleet([eventOf(4_300, { agent_id: 'agent-7', status: 's7' })])
  expect(decodeFleet(chunks).ok).toBe(true)
  for (const wrong of [
    [],
    [Uint8Array.of()],
    [Uint8Array.of(1, 2, 3)],
    [head],
    [head, head, ...rest],
    [...rest, head],
    [head, ...rest.toReversed()],
    [head, ...other.slice(1)],
    ...chunks.map((_, i) => chunks.with(i, other[i] as Uint8Array)),
    ...chunks.map((_, i) => chunks.toSpliced(i, 1)),
    ...chunks.map((chunk, i) => chunks.toSpliced(i, 0, chunk)),
    ...chunks.map((chunk, i) => chunks.with(i, Uint8Array.from([...chunk, 0, 0, 0, 0, 0, 0, 0, 0]))),
  ])
    expect(decodeFleet(wrong)).toEqual({ ok: false, error: expect.stringMatching(/^part \d+: /) })
})

test('a part that is cut short says so', () => {
  const chunks = fullFleet()
  for (const [i, chunk] of chunks.entries())
    for (const length of [0, 15, 16, 40, chunk.length - 8])
      expect(decodeFleet(chunks.with(i, chunk.slice(0, length)))).toEqual({
        ok: false,
        error: `part ${i}: it is cut short`,
      })
})

test('numbers that point nowhere are an error', () => {
  const chunks = fullFleet()
  const last = chunks.at(-1) as Uint8Array
  const json_bytes = new Uint32Array(last.buffer, 8, 1)[0] as number
  const json = Buffer.from(last).toString('latin1', 16, 16 + json_bytes)
  const agent = /"more":\[\[(\d+),/.exec(json)
  const wrong = (change: (chunk: Uint8Array) => void): unknown => {
    const chunk = last.slice()
    change(chunk)
    return decodeFleet(chunks.with(-1, chunk))
  }
  // The status of the part's first agent stands behind the JSON.
  const status_at = Math.ceil((16 + json_bytes) / 8) * 8
  expect(wrong((chunk) => chunk.fill(0xff, status_at, status_at + 4))).toMatchObject({
    error: expect.stringContaining('a text is missing'),
  })
  const digit_at = 16 + (agent?.index ?? 0) + '"more":[['.length
  expect(wrong((chunk) => chunk.fill('1'.charCodeAt(0), digit_at, digit_at + 1))).toMatchObject({
    error: expect.stringContaining('ranges are of another agent'),
  })
})

test('bytes that are wrong are an error or a fleet, and never throw', () => {
  const chunks = fullFleet()
  fc.assert(
    fc.property(
      fc.nat(chunks.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (index, changes, early) => {
        const chunk = (chunks[index] as Uint8Array).slice()
        // The JSON stands in front: where most goes wrong.
        for (const [at, byte] of changes) chunk[at % (early ? 400 : chunk.length)] = byte
        const decoded = decodeFleet(chunks.with(index, chunk))
        if (decoded.ok)
          foldAll(decoded.value, [eventOf(5_000), eventOf(5_001, { agent_id: 'agent-1', status: 's1' })])
        else expect(decoded.error).toMatch(/^part \d+: /)
      },
    ),
    { numRuns: 150 },
  )
})

test('another version is named', () => {
  const [head, ...rest] = fullFleet() as [Uint8Array, ...Uint8Array[]]
  const newer = head.slice()
  newer[4] = 9
  expect(decodeFleet([newer, ...rest])).toEqual({
    ok: false,
    error: 'part 0: it is of version 9, and 1 is read here',
  })
})
