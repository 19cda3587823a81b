import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BeaconEvent } from '../../src/core/event.ts'
import { eventFields, type GetField, matches, parseExpression, quoteText } from '../../src/core/expression.ts'
import { fieldsFor } from '../../src/core/expression-fields.ts'

const agent: Record<string, string | number> = {
  agent: 'agent-007',
  status: 'waiting for input',
  health: 'late',
  role: 'developer',
  task: 'web_search',
  rate: 2.5,
  errors: 3,
  idle: 95,
  'meta.model': 'gpt-5',
  'meta.tokens': 812,
  'meta.version': '12',
  'meta.odd key': 'x',
}
const get: GetField = (field) => agent[field]

function holds(text: string, fields = get): boolean {
  const expression = parseExpression(text, { fields: 'agent' })
  if (!expression.ok) throw new Error(`${text}: ${expression.error.message}`)
  return matches(expression.value, fields)
}
function errorOf(text: string, fields: 'agent' | 'event' = 'agent') {
  const expression = parseExpression(text, { fields })
  return expression.ok ? undefined : expression.error
}

describe('terms', () => {
  test.each([
    ['', true],
    ['   ', true],
    ['007', true],
    ['AGENT', true],
    ['input', true],
    ['gpt-5', false],
    ['"for input"', true],
    ['agent:agent-007', true],
    ['agent:agent-00', false],
    ['agent:Agent-007', false],
    ['agent:agent-*', true],
    ['agent:*007', true],
    ['agent:a*-*7', true],
    ['agent:*', true],
    ['agent:agent-007*agent-007', false],
    ['agent:"agent-*"', false],
    ['status:"waiting for input"', true],
    ['status:waiting', false],
    ['status:~^wait', true],
    ['status:~"for in.ut$"', true],
    ['task:~^web_\\w+$', true],
    ['task:~"^web_\\w+$"', true],
    ['!task:~^web', false],
    ['!!task:~^web', true],
    ['!health:healthy', true],
    ['health:*', true],

    ['rate>2', true],
    ['rate>2.5', false],
    ['rate>=2.5', true],
    ['rate:2.5', true],
    ['errors<3', false],
    ['errors<=3', true],
    ['idle>90s', true],
    ['idle>90', true],
    ['idle>1m', true],
    ['idle>2m', false],
    ['idle<1h30m', true],
    ['meta.model:gpt-*', true],
    ['meta.tokens:812', true],
    ['meta.tokens>800', true],
    ['meta.version>9', true],
    ['meta.model>9', false],
    ['meta.absent:*', false],
    ['!meta.absent:*', true],
    ['meta."odd key":x', true],
    ['role:developer errors>1 !status:idle', true],
    ['role:developer errors>5', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected)
  })

  test('the fields that an expression reads are named once', () => {
    const expression = parseExpression('rate>1 rate<9 text meta.x:1', { fields: 'agent' })
    expect(expression.ok && expression.value.fields).toEqual(['rate', 'agent', 'status', 'meta.x'])
  })
})

describe('errors name the place and say how to mend it', () => {
  test.each([
    ['stauts:running', 0, 6, 'did you mean status?'],
    ['a  zzz:1', 3, 3, 'zzz is no field'],
    ['status:', 0, 7, 'a value is missing: write status:value'],
    ['agent:x status>5', 15, 1, 'status is text: write status:value'],
    ['rate>fast', 5, 4, '"fast" is no number'],
    ['idle>soon', 5, 4, 'is no duration: write 90 (seconds), 90s or 5m'],
    ['status:~(', 8, 1, 'mend the regex'],
    ['status:"half', 7, 5, 'the quote is not closed'],
    ['status:"a"b', 10, 1, 'a space is missing'],
    ['a"b', 1, 1, 'quote the whole value'],
    ['health:unhealty', 7, 8, 'did you mean unhealthy?'],
    ['!needs:me', 7, 2, '"me" is no needs: use none, unhealthy'],
    ['activity:"busy*"', 9, 7, 'did you mean busy?'],
    ['agent:x !', 8, 1, 'nothing follows the !'],
  ])('%s', (text, position, length, message) => {
    expect(errorOf(text)).toMatchObject({ position, length, message: expect.stringContaining(message) })
  })

  test.each(['health', 'needs', 'activity', 'rate', 'events', 'errors', 'gaps', 'missing', 'idle', 'since'])(
    'only agents have %s',
    (field) => {
      expect(errorOf(`${field}:1`, 'event')?.message).toContain(`only agents have ${field}`)
    },
  )
})

describe('events', () => {
  const event: BeaconEvent = {
    schema: 'beacon.event.v1',
    seq: 1,
    id: 'x',
    kind: 'state',
    agent_id: '__proto__',
    status: 'running',
    timestamp: '',
    received_at: '',
    hlc: '',
    metadata: { role: 'qa', task: 'test', done: true, list: [1], n: 7 },
  }
  test.each([
    ['agent:__proto__', true],
    ['kind:state', true],
    ['role:qa', true],
    ['task:te*', true],
    ['meta.done:true', true],
    ['meta.list:*', false],
    ['meta.n>6', true],
    ['meta.toString:*', false],
  ])('%s is %s', (text, expected) => {
    const expression = parseExpression(text, { fields: 'event' })
    expect(expression.ok && matches(expression.value, eventFields(event))).toBe(expected)
  })

  test('each field parses, with each value that it may have', () => {
    for (const subject of ['agent', 'event'] as const) {
      for (const { name, values = ['1'] } of fieldsFor(subject)) {
        for (const value of values)
          expect(
            parseExpression(`${name.replace('<key>', 'x')}:${value}`, { fields: subject }),
          ).toMatchObject({ ok: true })
      }
    }
  })
})

describe('properties', () => {
  // Pieces of the language in any order find more than random text does.
  const piece = fc.oneof(
    fc.constantFrom(
      'status',
      'idle',
      'meta.',
      'rate',
      ':',
      ':~',
      '>',
      '<=',
      '!',
      '"',
      '\\',
      ' ',
      '*',
      '(',
      '[',
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  )
  const anyText = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))

  test('no text throws, neither when parsed nor when matched, and an error lies within the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expression = parseExpression(text, { fields: 'agent' })
        if (expression.ok) matches(expression.value, get)
        else {
          const { position, length } = expression.error
          expect(position).toBeGreaterThanOrEqual(0)
          expect(position + length).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a quoted value matches itself and nothing else; quoted bare text is found', () => {
    const text = fc.oneof(anyText, fc.string())
    fc.assert(
      fc.property(text, text, (value, other) => {
        const of =
          (status: string): GetField =>
          (field) =>
            field === 'status' ? status : undefined
        expect(holds(`status:${quoteText(value)}`, of(value))).toBe(true)
        expect(holds(`status:${quoteText(value)}`, of(other))).toBe(value === other)
        expect(holds(quoteText(value), of(`${other}${value}`))).toBe(true)
      }),
    )
  })

  test('a wildcard matches what a regex of the same meaning does', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 })
    const value = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
    fc.assert(
      fc.property(short, value, (pattern, status) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
        expect(holds(`status:${pattern}`, () => status)).toBe(regex.test(status))
      }),
    )
  })
})
