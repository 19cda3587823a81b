import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeTimingWheel, putEntry, turnWheel } from '../../src/core/timing-wheel.ts'

const start_ms = 1_782_475_200_000
const slot_ms = 100

/** A wheel that reaches no further than 1.6 s, so that most deadlines lie beyond it. */
function makeHand() {
  const wheel = makeTimingWheel(start_ms, { slot_ms, slots: 16 })
  const deadlines = new Map<number, number>()
  const hand = {
    now_ms: start_ms,
    looks: 0,
    deadlines,
    /** Puts the entry in, or only moves its deadline when it is there. */
    renew(entry: number, deadline_ms: number) {
      if (!deadlines.has(entry)) putEntry(wheel, entry, deadline_ms)
      deadlines.set(entry, deadline_ms)
    },
    /** The entries that are due by then. */
    turn(by_ms: number): number[] {
      hand.now_ms += by_ms
      const ended: number[] = []
      turnWheel(wheel, hand.now_ms, (entry) => {
        hand.looks++
        const deadline_ms = deadlines.get(entry)
        if (deadline_ms !== undefined && deadline_ms > hand.now_ms) return deadline_ms
        deadlines.delete(entry)
        ended.push(entry)
        return undefined
      })
      return ended
    },
    held: () => wheel.slots.flat().toSorted((a, b) => a - b),
  }
  return hand
}

const step = fc.record({
  entry: fc.nat(9),
  lease_ms: fc.oneof(fc.nat(300), fc.nat(5_000), fc.nat(1_000_000)),
  by_ms: fc.oneof(fc.nat(150), fc.nat(3_000), fc.integer({ min: -3_000, max: 0 })),
})

test('every entry ends in the slot behind its last deadline, none before it, none twice, however it was renewed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const hand = makeHand()
      for (const { entry, lease_ms, by_ms } of steps) {
        hand.renew(entry, Math.max(hand.deadlines.get(entry) ?? 0, hand.now_ms + lease_ms))
        const before = new Map(hand.deadlines)
        const ended = hand.turn(by_ms)
        expect(ended.length).toBe(new Set(ended).size)
        for (const each of ended) expect(before.get(each)).toBeLessThanOrEqual(hand.now_ms)
        // Within one slot nothing moves.
        if (by_ms >= slot_ms)
          for (const at_ms of hand.deadlines.values()) expect(at_ms).toBeGreaterThan(hand.now_ms - slot_ms)
        expect(hand.held()).toEqual([...hand.deadlines.keys()].toSorted((a, b) => a - b))
      }
      for (let i = 0; i < 3; i++) hand.turn(2_000_000)
      expect(hand.held()).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('turned slot by slot, an entry ends with the first turn behind its deadline', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (lease_ms) => {
      const hand = makeHand()
      hand.renew(1, start_ms + lease_ms)
      while (hand.turn(slot_ms).length === 0);
      expect(hand.now_ms - start_ms - lease_ms).toBeGreaterThanOrEqual(0)
      expect(hand.now_ms - start_ms - lease_ms).toBeLessThan(slot_ms)
    }),
  )
})

test('a deadline that comes sooner than it was is noticed within a round', () => {
  const hand = makeHand()
  hand.renew(1, start_ms + 3_600_000)
  hand.renew(1, start_ms + 10)
  while (hand.turn(slot_ms).length === 0);
  expect(hand.now_ms - start_ms).toBeLessThanOrEqual(16 * slot_ms)
})

test('what is renewed a thousand times is looked at once a lease', () => {
  const hand = makeHand()
  for (let i = 0; i < 1_000; i++) {
    hand.renew(1, hand.now_ms + 1_000)
    expect(hand.turn(10)).toEqual([])
  }
  expect(hand.looks).toBe(10)
})

test('what lies far off is looked at once a round', () => {
  const hand = makeHand()
  hand.renew(1, start_ms + 3_600_000)
  for (let i = 0; i < 150; i++) hand.turn(slot_ms)
  expect(hand.looks).toBe(10)
})

test('a clock that is set back forgets nothing, and ends nothing', () => {
  const hand = makeHand()
  hand.renew(1, start_ms + 500)
  expect(hand.turn(-3_600_000)).toEqual([])
  hand.renew(1, hand.now_ms + 500)
  expect(hand.turn(400)).toEqual([])
  for (let i = 0; i < 20 && hand.deadlines.size > 0; i++) hand.turn(slot_ms)
  expect(hand.deadlines.size).toBe(0)
})
