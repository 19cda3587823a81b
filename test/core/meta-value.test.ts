import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scalarOf } from '../../src/core/expression.ts'
import { makeMetaReader } from '../../src/core/meta-value.ts'

const key = fc.constantFrom('role', 'a"b', '\\', 'é', '', '__proto__x', 'role":')
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('"role":"x"', '{"role":1}', '\\"role\\":', '\u2028', 'a\\'),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false, 1e300, -0.000_001),
    fc.dictionary(key, tie('any'), { maxKeys: 3 }),
    fc.array(tie('any'), { maxLength: 3 }),
  ),
})).any

test('a value read from the text is the one that parsing gives', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(key, fc.string()), value, { maxKeys: 5 }), key, (metadata, wanted) => {
      const stored = JSON.stringify(metadata)
      const parsed = JSON.parse(stored) as Record<string, unknown>
      expect(makeMetaReader(wanted)(stored)).toEqual(scalarOf(parsed, wanted))
    }),
    { numRuns: 2_000 },
  )
})

test('a key inside of another value is not found', () => {
  const role = makeMetaReader('role')
  expect(role('{"parent":{"role":"x"}}')).toBeUndefined()
  expect(role('{"says":"\\"role\\":\\"x\\""}')).toBeUndefined()
  expect(role('{"parent":{"role":"x"},"role":"y"}')).toBe('y')
})

test('text that is no JSON has no values', () => {
  expect(makeMetaReader('role')('{{"role":')).toBeUndefined()
})
