import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTempoChange, parseTempo, tempoRange } from '../../src/core/tempo.ts'

describe('a tempo as people write it', () => {
  test.each([
    ['120', 120],
    ['0.1', 0.1],
    ['1000', 1_000],
    ['99.90', 99.9],
    ['007', 7],
  ])('%s is %d BPM', (text, bpm) => {
    expect(parseTempo(text)).toEqual({ ok: true, value: bpm })
  })

  test.each([
    '',
    '0',
    '-1',
    '0.05',
    '120.05',
    '1000.1',
    '1e3',
    'NaN',
    'Infinity',
    '0x10',
    ' 120',
    '120 bpm',
    '1'.repeat(400),
  ])('%j is none', (text) => {
    expect(parseTempo(text)).toMatchObject({ ok: false })
  })
})

describe('a change of the tempo', () => {
  test.each([
    [120, 108, 132],
    [60, 54, 66],
    [1_000, 900, 1_000],
    [0.1, 0.1, 0.2],
    [0.5, 0.4, 0.6],
    [1.1, 1, 1.2],
  ])('from %d BPM it may go to %d–%d', (bpm, min_bpm, max_bpm) => {
    expect(tempoRange(bpm)).toEqual({ min_bpm, max_bpm })
    expect(checkTempoChange(bpm, min_bpm)).toEqual({ ok: true, value: min_bpm })
    expect(checkTempoChange(bpm, max_bpm)).toEqual({ ok: true, value: max_bpm })
  })

  test.each([
    0,
    -5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e9,
    240,
    132.1,
    107.9,
    120.05,
    '120',
    null,
    undefined,
    [120],
    {},
    true,
  ])('from 120 BPM to %j is refused, and the answer names what is allowed', (wanted) => {
    const checked = checkTempoChange(120, wanted)
    expect(checked.ok).toBe(false)
    if (!checked.ok) expect(checked.error).toContain('from 120 BPM the tempo may go to 108–132')
  })

  test('every tempo can be left in both directions, by at most a tenth or one step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (tenths) => {
        const bpm = tenths / 10
        const { min_bpm, max_bpm } = tempoRange(bpm)
        if (tenths > 1) expect(min_bpm).toBeLessThan(bpm)
        if (tenths < 10_000) expect(max_bpm).toBeGreaterThan(bpm)
        expect(bpm - min_bpm).toBeLessThanOrEqual(Math.max(0.1, bpm * 0.1) + 1e-9)
        expect(max_bpm - bpm).toBeLessThanOrEqual(Math.max(0.1, bpm * 0.1) + 1e-9)
      }),
    )
  })

  test('a tempo in steps of a tenth survives the arithmetic of floats', () => {
    expect(checkTempoChange(0.3, 0.1 + 0.2)).toEqual({ ok: true, value: 0.3 })
  })
})
