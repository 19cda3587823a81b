import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../src/core/event.ts'
import { makeRedact } from '../../src/core/redact.ts'
import { toTokenText } from '../../src/core/token.ts'

const redact = makeRedact(['password', 'API_Key'])
const secret = 'S'.repeat(43)
const token = toTokenText({ kind: 'runtime', id: '0123456789ab', secret })

test('a field of a secret name loses what it holds, at any depth and in any case', () => {
  expect(redact({ Password: 'a', deep: [{ api_key: { id: 1 } }], other: 'b' })).toEqual({
    Password: '[redacted]',
    deep: [{ api_key: '[redacted]' }],
    other: 'b',
  })
})

test('whether there is a secret may be known, and a longer name is another name', () => {
  const value = { password: true, api_key: null, password_age_days: 3 }
  expect(redact(value)).toBe(value)
})

test('a token inside of a text loses its secret and keeps its id', () => {
  expect(redact({ note: `curl -H 'Authorization: Bearer ${token}' …` })).toEqual({
    note: "curl -H 'Authorization: Bearer srt_0123456789ab_[redacted]' …",
  })
})

test('no secret of a token is left, wherever it stood, and what holds none is the same value', () => {
  const place = fc.jsonValue().map((value) => value as Json)
  fc.assert(
    fc.property(place, fc.string(), fc.string(), (value, before, after) => {
      const text = JSON.stringify(redact([value, { [before]: `${before} ${token} ${after}` }] as Json))
      expect(text).not.toContain(secret)
      expect(redact(value)).toEqual(value)
    }),
  )
})

test('a key named __proto__ stays a key', () => {
  const value = JSON.parse('{"__proto__":{"password":"a"},"x":1}') as Json
  expect(JSON.stringify(redact(value))).toBe('{"__proto__":{"password":"[redacted]"},"x":1}')
})
