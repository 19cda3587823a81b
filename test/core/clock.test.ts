import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeIdSource } from '../../src/core/event-id.ts'
import { type Hlc, tick, toHlcText } from '../../src/core/hlc.ts'

test('the hybrid clock never goes back, even when the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 300 }), (walls) => {
      let hlc: Hlc = { wall_ms: 0, counter: 0 }
      let text = ''
      for (const wall of walls) {
        hlc = tick(hlc, wall)
        const next = toHlcText(hlc, 7)
        expect(next > text).toBe(true)
        expect(next).toHaveLength(25)
        text = next
      }
    }),
  )
})

test('a full counter borrows a millisecond', () => {
  expect(tick({ wall_ms: 5, counter: 0xffff }, 5)).toEqual({ wall_ms: 6, counter: 0 })
})

test('ids are UUIDv7, unique, and sort as they were made, in any clock', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 50 }),
      fc.tuple(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 2 ** 31 - 1 })),
      (walls, random) => {
        let now = 0
        const next = makeIdSource(
          () => now,
          () => random,
        )
        const ids: string[] = []
        for (const wall of walls) {
          now = 1_790_000_000_000 + wall
          for (let i = 0; i < 100; i++) ids.push(next())
        }
        expect(new Set(ids).size).toBe(ids.length)
        expect([...ids].sort()).toEqual(ids)
        for (const id of ids) {
          expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('more than 4,096 ids in a millisecond stay unique', () => {
  const next = makeIdSource(
    () => 1_000,
    () => [1, 2],
  )
  const ids = Array.from({ length: 10_000 }, next)
  expect(new Set(ids).size).toBe(10_000)
  expect([...ids].sort()).toEqual(ids)
})
