import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeFrameWriter } from '../../../src/daemon/aggregator/frame-text.ts'

test('a message is written as JSON.stringify writes it, the second time too', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('rows', 'totals', 'a'), fc.jsonValue()), (message) => {
      const write = makeFrameWriter()
      const text = JSON.stringify(message)
      expect(write(message)).toBe(text)
      expect(write({ ...message })).toBe(text)
    }),
  )
})

test('what is not there is left out', () => {
  expect(makeFrameWriter()({ a: undefined, b: null, c: [] })).toBe('{"b":null,"c":[]}')
})
