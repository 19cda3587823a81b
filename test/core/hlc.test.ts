import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Hlc, hlcAheadMax_ms, merge, tick, toHlcText } from '../../src/core/hlc.ts'
import { parseHlcWire, recoverWallMs, toHlcWire } from '../../src/core/hlc-wire.ts'

const hlc = fc.record({ wall_ms: fc.nat({ max: 2 ** 47 }), counter: fc.nat({ max: 0xffff }) })
const text = (each: Hlc): string => toHlcText(each, 0)

describe('the hybrid clock', () => {
  test('after a merge it is later than both, whatever the wall clock says', () => {
    fc.assert(
      fc.property(hlc, hlc, fc.nat({ max: 2 ** 47 }), (last, remote, now_ms) => {
        const merged = merge(last, remote, now_ms)
        fc.pre(merged.ok)
        if (!merged.ok) return
        expect(text(merged.value) > text(last)).toBe(true)
        expect(text(merged.value) > text(remote)).toBe(true)
      }),
    )
  })

  test('a remote clock pulls it no further than the bound beyond the wall clock', () => {
    const last = { wall_ms: 1_000, counter: 3 }
    const ahead = (by_ms: number) => merge(last, { wall_ms: 1_000 + by_ms, counter: 0 }, 1_000)
    expect(ahead(hlcAheadMax_ms)).toEqual({
      ok: true,
      value: { wall_ms: 1_000 + hlcAheadMax_ms, counter: 1 },
    })
    expect(ahead(hlcAheadMax_ms + 1)).toEqual({ ok: false, error: hlcAheadMax_ms + 1 })
  })

  test('it takes the counter of the later one, and begins anew with the wall clock', () => {
    const at = (wall_ms: number, counter: number): Hlc => ({ wall_ms, counter })
    expect(merge(at(10, 5), at(10, 9), 10)).toEqual({ ok: true, value: at(10, 10) })
    expect(merge(at(10, 5), at(8, 9), 9)).toEqual({ ok: true, value: at(10, 6) })
    expect(merge(at(10, 5), at(12, 9), 9)).toEqual({ ok: true, value: at(12, 10) })
    expect(merge(at(10, 5), at(12, 9), 20)).toEqual({ ok: true, value: at(20, 0) })
    expect(merge(at(10, 0xffff), at(1, 0), 1)).toEqual({ ok: true, value: at(11, 0) })
  })

  test('a clock set back by an hour does not go back', () => {
    expect(tick({ wall_ms: 3_600_000, counter: 0 }, 0)).toEqual({ wall_ms: 3_600_000, counter: 1 })
  })
})

describe('its form on the wire', () => {
  test('has the low 16 bits of wall, counter and node', () => {
    expect(toHlcWire({ wall_ms: 0x123456789abc, counter: 0xde }, 0xfedcba9)).toBe('9abc:00de:cba9')
  })

  test('what is written can be read, and the wall time recovered by a clock that is less than 32 s off', () => {
    fc.assert(
      fc.property(
        hlc,
        fc.nat({ max: 0xffff }),
        fc.integer({ min: -32_000, max: 32_000 }),
        (each, node, off_ms) => {
          const parsed = parseHlcWire(toHlcWire(each, node))
          expect(parsed).toEqual({ wall_low: each.wall_ms % 0x10000, counter: each.counter, node })
          fc.pre(each.wall_ms >= 0x10000)
          expect(recoverWallMs(each.wall_ms % 0x10000, each.wall_ms + off_ms)).toBe(each.wall_ms)
        },
      ),
    )
  })

  test.each([
    '',
    '1:2:3',
    '0000:0000',
    '0000:0000:000g',
    '00000:0000:0000',
    ' 0000:0000:0000',
    '0000-0000-0000',
  ])('%j is none', (wire) => {
    expect(parseHlcWire(wire)).toBeUndefined()
  })
})
