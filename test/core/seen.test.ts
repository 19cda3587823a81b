import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fromSeenRow,
  makeSeen,
  missingOf,
  missingRanges,
  observe,
  type SeenRow,
  startEpoch,
  toSeenRows,
} from '../../src/core/seen.ts'

const numbered = (agent_seq: number, run = 'r') => ({ agent_id: 'a', agent_seq, run })

describe('numbered events', () => {
  test('a number is stored once, whatever the order of arrivals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }), (numbers) => {
        const seen = makeSeen()
        const naive = new Set<number>()
        for (const n of numbers) {
          const verdict = observe(seen, numbered(n))
          expect(verdict === 'duplicate').toBe(naive.has(n))
          naive.add(n)
        }
      }),
    )
  })

  test('a gap is told when it opens and when it fills', () => {
    const seen = makeSeen()
    expect([1, 2, 4, 3, 5].map((n) => observe(seen, numbered(n)))).toEqual([
      'next',
      'next',
      'gap',
      'late',
      'next',
    ])
  })

  test('what is missing is what was never seen between the lowest and the highest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(40), { minLength: 1 }), (numbers) => {
        const seen = makeSeen()
        for (const n of numbers) observe(seen, numbered(n))
        const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
        const missing = Array.from({ length: high - low }, (_, i) => low + i).filter(
          (n) => !numbers.includes(n),
        )
        expect(missingOf(seen, 0)).toBe(missing.length)
        const named = missingRanges(seen, 0, 100).flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        )
        expect(named).toEqual(missing)
        expect(missingRanges(seen, 0, 1)).toEqual(missingRanges(seen, 0, 100).slice(0, 1))
      }),
    )
  })

  test('a new run counts from its own start', () => {
    const seen = makeSeen()
    expect(observe(seen, numbered(1, 'first'))).toBe('next')
    expect(observe(seen, numbered(1, 'second'))).toBe('next')
    expect(observe(seen, numbered(1, 'first'))).toBe('duplicate')
  })

  test('with more gaps than it remembers, it stores again rather than loses', () => {
    const seen = makeSeen()
    for (let n = 1; n <= 4_000; n += 2) expect(observe(seen, numbered(n))).not.toBe('duplicate')
    expect(observe(seen, numbered(1))).toBe('late')
    expect(observe(seen, numbered(3_999))).toBe('duplicate')
  })

  test('the ninth run of an agent pushes out the one used longest ago', () => {
    const seen = makeSeen()
    for (let run = 0; run < 8; run++) observe(seen, numbered(1, `r${run}`))
    observe(seen, numbered(2, 'r0'))
    observe(seen, numbered(1, 'r8'))
    expect(observe(seen, numbered(2, 'r0'))).toBe('duplicate')
    expect(observe(seen, numbered(1, 'r2'))).toBe('duplicate')
    expect(observe(seen, numbered(1, 'r1'))).toBe('next')
  })
})

test('what the archive holds rebuilds the state: dropping the duplicates first changes no later verdict', () => {
  const input = fc.record({
    agent_id: fc.constant('a'),
    agent_seq: fc.integer({ min: 1, max: 3 }),
    run: fc.integer({ min: 0, max: 11 }).map(String),
  })
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60 }), fc.array(input, { maxLength: 30 }), (before, after) => {
      const whole = makeSeen()
      const stored = before.filter((event) => observe(whole, event) !== 'duplicate')
      const rebuilt = makeSeen()
      for (const event of stored) observe(rebuilt, event)
      expect(after.map((event) => observe(rebuilt, event))).toEqual(
        after.map((event) => observe(whole, event)),
      )
    }),
    { numRuns: 500 },
  )
})

test('an event without a number is never a duplicate', () => {
  const seen = makeSeen()
  expect(observe(seen, { agent_id: 'a' })).toBe('unnumbered')
  expect(observe(seen, { agent_id: 'a' })).toBe('unnumbered')
})

test('a redelivery from BEACON_IN is a duplicate, another agent is not touched', () => {
  const seen = makeSeen()
  expect(observe(seen, { agent_id: 'a', in_seq: 10 })).toBe('unnumbered')
  expect(observe(seen, { agent_id: 'a', in_seq: 10 })).toBe('duplicate')
  expect(observe(seen, { agent_id: 'b', in_seq: 9 })).toBe('unnumbered')
  expect(observe(seen, { agent_id: 'a', in_seq: 12 })).toBe('unnumbered')
})

test('a checkpoint holds everything: the fold goes on as if uninterrupted', () => {
  const input = fc.record({
    agent_id: fc.constantFrom('a', 'b', 'ü'),
    agent_seq: fc.integer({ min: 1, max: 20 }),
    run: fc.constantFrom('x', 'y'),
  })
  fc.assert(
    fc.property(fc.array(input), fc.array(input), (before, after) => {
      const whole = makeSeen()
      for (const event of before) observe(whole, event)
      const rows = [...toSeenRows(whole)].map((row) => JSON.parse(JSON.stringify(row)) as SeenRow)
      const restored = makeSeen()
      for (const row of rows) fromSeenRow(restored, row)
      expect(after.map((event) => observe(restored, event))).toEqual(
        after.map((event) => observe(whole, event)),
      )
    }),
  )
})

test('in a new epoch the sequences of BEACON_IN begin anew, and the numbers of the agents do not', () => {
  const seen = makeSeen()
  observe(seen, { agent_id: 'a', in_seq: 10, agent_seq: 1 })
  startEpoch(seen)
  expect(observe(seen, { agent_id: 'a', in_seq: 1, agent_seq: 1 })).toBe('duplicate')
  expect(observe(seen, { agent_id: 'a', in_seq: 2, agent_seq: 2 })).toBe('next')
  expect(observe(seen, { agent_id: 'a', in_seq: 2, agent_seq: 3 })).toBe('duplicate')
})

test('rows are of the agents of whom there is something to remember', () => {
  const seen = makeSeen(1)
  observe(seen, { agent_id: 'unnumbered' })
  observe(seen, { agent_id: 'a', in_seq: 3 })
  for (const [run, n] of [
    ['x', 1],
    ['x', 2],
    ['x', 5],
    ['y', 9],
  ] as const)
    observe(seen, { agent_id: 'b', run, agent_seq: n })
  expect([...toSeenRows(seen)]).toEqual([
    ['a', 3, '', []],
    ['b', 0, 'x', [1, 2, 5, 5], 'y', [9, 9]],
  ])
  startEpoch(seen)
  expect([...toSeenRows(seen)].map(([id]) => id)).toEqual(['b'])
})
