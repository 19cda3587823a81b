import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Before, selectWindow } from '../../src/core/select-window.ts'

/** Many members with few keys, from one small seed: selection samples above six hundred. */
const sets = fc
  .record({ size: fc.nat(3_000), keys: fc.integer({ min: 1, max: 5_000 }), seed: fc.nat() })
  .map(({ size, keys, seed }) => {
    let state = seed
    return Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % keys
    })
  })

test('a window is a cut of the plain sort, wherever it lies', () => {
  fc.assert(
    fc.property(sets, fc.nat(3_200), fc.nat(600), (keys, offset, limit) => {
      const before: Before = (a, b) => {
        const difference = (keys[a] as number) - (keys[b] as number)
        return difference > 0 || (difference === 0 && a < b)
      }
      const members = Uint32Array.from(keys, (_, i) => i)
      const sorted = Array.from(members).sort((a, b) => (before(a, b) ? -1 : 1))
      expect(selectWindow(members, before, offset, limit)).toEqual({
        members: sorted.slice(offset, offset + limit),
        matched: keys.length,
      })
      expect(members).toEqual(Uint32Array.from(keys, (_, i) => i))
    }),
  )
})
