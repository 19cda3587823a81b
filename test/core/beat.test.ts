import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barOf, beatAt, beatMs, phaseAt, phaseEnd, startOf, toWindowId } from '../../src/core/beat.ts'

const bpm = fc.integer({ min: 1, max: 10_000 }).map((tenths) => tenths / 10)
const schedule = fc.record({
  beat: fc.nat({ max: 1e9 }),
  at_ms: fc.double({ min: 0, max: 2e12, noNaN: true }),
  bpm,
})

describe('beats', () => {
  test('a beat runs from its start to the start of the next, to the last digit', () => {
    fc.assert(
      fc.property(schedule, fc.nat({ max: 1e6 }), (each, after) => {
        const index = each.beat + after
        const start_ms = startOf(each, index)
        expect(beatAt(each, start_ms)).toBe(index)
        expect(beatAt(each, start_ms + beatMs(each.bpm) / 2)).toBe(index)
      }),
    )
  })

  test('an hour of beats has no drift', () => {
    const each = { beat: 0, at_ms: 1_000, bpm: 120 }
    expect(startOf(each, 7_200)).toBe(3_601_000)
    expect(beatAt(each, 3_600_999.999)).toBe(7_199)
  })

  test('a beat has three equal phases', () => {
    expect([0, 0.33, 0.34, 0.66, 0.67, 1].map(phaseAt)).toEqual([
      'plan',
      'plan',
      'execute',
      'execute',
      'review',
      'review',
    ])
    expect(phaseEnd('plan', 120)).toBeCloseTo(166.667, 3)
    expect(phaseEnd('execute', 120)).toBeCloseTo(333.333, 3)
    expect(phaseEnd('review', 120)).toBe(500)
  })
})

describe('bars', () => {
  test('every beat is in the one bar that holds it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.integer({ min: 1, max: 100_000 }), (beat, beats_per_bar) => {
        const { from_beat, to_beat } = barOf(beat, beats_per_bar)
        expect(from_beat % beats_per_bar).toBe(0)
        expect(to_beat - from_beat + 1).toBe(beats_per_bar)
        expect(beat).toBeGreaterThanOrEqual(from_beat)
        expect(beat).toBeLessThanOrEqual(to_beat)
      }),
    )
  })

  test.each([
    ['beacon', 0, '3003e30d42006b07193920fd2a7508e7'],
    ['beacon', 120, '005c8c074e0c2141140483b89f526e7a'],
  ])('the window of %s from beat %d has an id that never changes', (cluster, from_beat, id) => {
    expect(toWindowId(cluster, from_beat)).toBe(id)
  })

  test('a window id is SHA-256, as others compute it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), fc.nat(), (cluster, beat) => {
        const digest = createHash('sha256').update(`${cluster}\0${beat}`).digest('hex')
        expect(toWindowId(cluster, beat)).toBe(digest.slice(0, 32))
      }),
    )
  })
})
