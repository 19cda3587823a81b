import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits, producerKinds } from '../../src/core/event.ts'
import { parseEventBody } from '../../src/core/event-body.ts'

const parse = (value: unknown) => parseEventBody(value, limits)
const minimal = { agent_id: 'a', status: 'running' }

/** The value, or the failure of the test. */
function accepted(value: unknown) {
  const result = parse(value)
  if (!result.ok) throw new Error(`refused: ${result.error.message}`)
  return result.value
}

function refused(value: unknown) {
  const result = parse(value)
  if (result.ok) throw new Error(`accepted: ${JSON.stringify(value)}`)
  return result.error
}

describe('what is accepted', () => {
  test('agent_id and status are enough', () => {
    expect(accepted(minimal)).toEqual(minimal)
  })

  test('every field comes through as it was sent', () => {
    const full = {
      ...minimal,
      kind: 'log',
      timestamp: '2026-06-26T12:00:00.123456789+02:00',
      metadata: { deep: [{ a: null }] },
      id: 'x',
      agent_seq: 7,
      run: 'r',
    }
    expect(accepted(full)).toEqual(full)
  })

  test.each(producerKinds)('kind %s', (kind) => {
    expect(accepted({ ...minimal, kind }).kind).toBe(kind)
  })

  test('null in an optional field is the same as leaving it out', () => {
    const nulls = { kind: null, timestamp: null, metadata: null, id: null, agent_seq: null, run: null }
    expect(accepted({ ...minimal, ...nulls })).toEqual(minimal)
  })

  test.each([
    ['agent_id of 256 bytes', { agent_id: 'é'.repeat(128) }],
    ['agent_id of 64 emoji', { agent_id: '🤖'.repeat(64) }],
    ['status of 64 emoji', { status: '🤖'.repeat(64) }],
    ['id of 128 characters', { id: 'x'.repeat(128) }],
    ['the largest agent_seq', { agent_seq: Number.MAX_SAFE_INTEGER }],
  ])('%s', (_what, fields) => {
    expect(accepted({ ...minimal, ...fields })).toEqual({ ...minimal, ...fields })
  })

  test.each([
    '2026-06-26T12:00:00Z',
    '2026-06-26t12:00:00z',
    '2024-02-29T23:59:59.9-23:59',
    '2000-02-29T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '2017-01-01T00:59:60+01:00',
  ])('timestamp %s', (timestamp) => {
    expect(accepted({ ...minimal, timestamp }).timestamp).toBe(timestamp)
  })
})

describe('what is refused, with the field to mend', () => {
  test.each([
    [null, ''],
    [[], ''],
    ['text', ''],
    [1, ''],
    [{}, 'agent_id'],
    [{ agent_id: 'a' }, 'status'],
    [{ status: 's' }, 'agent_id'],
    [{ ...minimal, agent_id: null }, 'agent_id'],
    [{ ...minimal, agent_id: 7 }, 'agent_id'],
    [{ ...minimal, agent_id: '' }, 'agent_id'],
    [{ ...minimal, agent_id: 'a\0b' }, 'agent_id'],
    [{ ...minimal, agent_id: 'a\ud800' }, 'agent_id'],
    [{ ...minimal, agent_id: 'x'.repeat(257) }, 'agent_id'],
    [{ ...minimal, agent_id: `${'é'.repeat(128)}a` }, 'agent_id'],
    [{ ...minimal, agent_id: `${'🤖'.repeat(64)}a` }, 'agent_id'],
    [{ ...minimal, status: '' }, 'status'],
    [{ ...minimal, status: {} }, 'status'],
    [{ ...minimal, status: 'x'.repeat(65) }, 'status'],
    [{ ...minimal, status: '🤖'.repeat(65) }, 'status'],
    [{ ...minimal, status: '\udc00' }, 'status'],
    [{ ...minimal, kind: 'Toaster' }, 'kind'],
    [{ ...minimal, kind: 1 }, 'kind'],
    [{ ...minimal, kind: 'constructor' }, 'kind'],
    [{ ...minimal, id: '' }, 'id'],
    [{ ...minimal, id: 'x'.repeat(129) }, 'id'],
    [{ ...minimal, run: 5 }, 'run'],
    [{ ...minimal, run: 'x'.repeat(129) }, 'run'],
    [{ ...minimal, agent_seq: 0 }, 'agent_seq'],
    [{ ...minimal, agent_seq: 1.5 }, 'agent_seq'],
    [{ ...minimal, agent_seq: '1' }, 'agent_seq'],
    [{ ...minimal, agent_seq: 2 ** 53 }, 'agent_seq'],
    [{ ...minimal, metadata: [] }, 'metadata'],
    [{ ...minimal, metadata: 'x' }, 'metadata'],
    [{ ...minimal, metadata: nested(65) }, 'metadata'],
    [{ ...minimal, extra: nested(64) }, 'metadata'],
  ])('%j names %s', (value, field) => {
    const error = refused(value)
    expect(error.field).toBe(field)
    expect(error.message).toMatch(/[a-z]{3}/)
  })

  test.each([
    '2026-06-26',
    '2026-06-26 12:00:00Z',
    '2026-06-26T12:00:00',
    '2026-06-26T12:00Z',
    '2026-06-26T24:00:00Z',
    '2026-06-26T12:60:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2016-12-31T22:59:60Z',
    '2026-06-26T12:00:00.Z',
    '2026-06-26T12:00:00+2:00',
    '2026-06-26T12:00:00+24:00',
    '2026-06-26T12:00:00Z"',
    '２０２６-06-26T12:00:00Z',
    1_782_000_000,
  ])('timestamp %s', (timestamp) => {
    expect(refused({ ...minimal, timestamp })).toMatchObject({ field: 'timestamp' })
  })

  test('an unknown kind is told the allowed ones, a claim its own door', () => {
    expect(refused({ ...minimal, kind: 'x' }).message).toContain(producerKinds.join(', '))
    expect(refused({ ...minimal, kind: 'claim' }).message).toContain('/ingest/claim')
  })

  test('metadata of 64 levels is the deepest', () => {
    expect(accepted({ ...minimal, metadata: nested(64) }).metadata).toEqual(nested(64))
  })
})

describe('fields that the contract does not know', () => {
  test('are kept under metadata', () => {
    expect(accepted({ ...minimal, model: 'm', cost: 1, metadata: { a: 1 } }).metadata).toEqual({
      a: 1,
      model: 'm',
      cost: 1,
    })
  })

  test('never replace what the producer put there', () => {
    const value = { ...minimal, a: 2, metadata: { a: 1, 'extra.a': 3 } }
    expect(accepted(value).metadata).toEqual({ a: 1, 'extra.a': 3, 'extra.extra.a': 2 })
  })

  test('lose and pollute nothing when they are named like prototypes', () => {
    const text =
      '{"agent_id":"a","status":"s","__proto__":{"polluted":1},"constructor":2,"metadata":{"__proto__":{"x":3},"toString":4}}'
    const { metadata } = accepted(JSON.parse(text))
    expect(JSON.stringify(metadata)).toBe(
      '{"__proto__":{"x":3},"toString":4,"extra.__proto__":{"polluted":1},"constructor":2}',
    )
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  test('leave the input as it is', () => {
    const value = { ...minimal, extra: 1, metadata: { a: 1 } }
    accepted(value)
    expect(value).toEqual({ ...minimal, extra: 1, metadata: { a: 1 } })
  })
})

test('any JSON value is either accepted with nothing lost, or refused with a message', () => {
  const field = fc.oneof(fc.jsonValue(), fc.string(), fc.integer(), fc.constant('running'))
  const names = fc.oneof(
    fc.constantFrom('agent_id', 'status', 'kind', 'metadata', 'agent_seq', 'run', 'timestamp', '__proto__'),
    fc.string(),
  )
  const body = fc.dictionary(names, field).map((fields) => JSON.parse(JSON.stringify(fields)))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        body,
        body.map((fields) => ({ ...minimal, ...fields })),
      ),
      (value) => {
        const result = parse(value)
        if (!result.ok) {
          expect(result.error.message.length).toBeGreaterThan(10)
          return
        }
        const { metadata = {}, ...fields } = result.value
        const input = value as Record<string, unknown>
        const given = Object.keys(input)
        const inMetadata = Object.keys((input.metadata as object | null) ?? {}).length
        const extras = given.filter(
          (key) =>
            !['agent_id', 'status', 'kind', 'timestamp', 'metadata', 'id', 'agent_seq', 'run'].includes(key),
        )
        expect(Object.keys(metadata)).toHaveLength(inMetadata + extras.length)
        expect(fields.agent_id).toBe(input.agent_id)
      },
    ),
    { numRuns: 2_000 },
  )
})

function nested(levels: number): object {
  let value: object = {}
  for (let i = 1; i < levels; i++) value = i % 2 ? [value] : { a: value }
  return Array.isArray(value) ? { a: value[0] } : value
}
