// The stored line holds the event in the contract's order, and peeking at it tells what parsing it would.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventBody, Json } from '../../src/core/event.ts'
import {
  parseEventLine,
  peekAgentId,
  peekEventLine,
  toEventLine,
  toPrintedLine,
  toTime,
} from '../../src/core/event-line.ts'

/** Text that tries to look like the keys that peeking searches for. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    ',',
    '"',
    '\\',
    '\n',
    ',"received_at":"',
    ',"metadata":{',
    '","metadata":{}',
    ',"agent_id":"x","status":"y"',
    '\\"',
    'ä🛰',
    '\u2028',
  ),
)
const body: fc.Arbitrary<EventBody> = fc
  .record(
    {
      agent_id: text,
      status: text,
      id: text,
      agent_seq: fc.maxSafeNat(),
      run: text,
      metadata: fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<Json>),
      timestamp: fc.constant('2026-11-21T01:02:03+01:00'),
    },
    { requiredKeys: ['agent_id', 'status'] },
  )
  .map((value) => value as EventBody)
const stamp = fc.record(
  {
    id: fc.uuid(),
    received_at_ms: fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
    hlc: fc.constant('01a1fb671814-0000-abcdef1'),
    in_seq: fc.maxSafeNat(),
  },
  { requiredKeys: ['id', 'received_at_ms', 'hlc'] },
)

describe('peeking', () => {
  test('tells what parsing tells, whatever the texts contain', () => {
    fc.assert(
      fc.property(body, stamp, (event, { in_seq, ...rest }) => {
        const line = toEventLine(event, in_seq === undefined ? rest : { ...rest, in_seq })
        const parsed = parseEventLine(line, 7)
        const expected: Record<string, unknown> = { received_at_ms: Date.parse(parsed.received_at) }
        for (const key of ['agent_seq', 'run', 'in_seq'] as const) {
          if (parsed[key] !== undefined) expected[key] = parsed[key]
        }
        expect(peekEventLine(Buffer.from(line))).toEqual(expected)
        expect(peekAgentId(Buffer.from(line))).toBe(event.agent_id)
        expect(parsed).toMatchObject({ seq: 7, agent_id: event.agent_id, status: event.status })
      }),
      { numRuns: 2000 },
    )
  })

  test('refuses bytes that are no line, and crashes on none', () => {
    const line = toEventLine(
      { agent_id: 'a', status: 's', agent_seq: 1, run: 'r' },
      { id: 'i', received_at_ms: 1, hlc: '01a1fb671814-0000-abcdef1' },
    )
    for (const other of ['', '{}', '[]', 'null', `${line}x`, line.slice(1), line.replace('"s"', '"\n"')]) {
      expect(peekEventLine(Buffer.from(other))).toBeUndefined()
    }
    for (const wrong of ['1970-13-01', '197x-01-01', '1970-01-01 ']) {
      expect(peekEventLine(Buffer.from(line.replaceAll('1970-01-01', wrong)))).toBeUndefined()
    }
    expect(peekEventLine(Buffer.from(line.replace('"agent_seq":1', '"agent_seq":01')))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(line.length), (bytes, at) => {
        const mixed = Buffer.concat([Buffer.from(line.slice(0, at)), bytes, Buffer.from(line.slice(at))])
        const peek = peekEventLine(mixed)
        if (peek) expect(Number.isInteger(peek.received_at_ms)).toBe(true)
        peekAgentId(mixed)
      }),
    )
  })
})

test('the line has the fields of the contract in their order, and `seq` is put in second', () => {
  const line = toEventLine(
    { agent_id: 'agent-001', status: 'running', agent_seq: 7, run: 'r', metadata: { a: [1] } },
    { id: 'id-1', received_at_ms: Date.UTC(2026, 10, 21), hlc: '01a1fb671814-0000-abcdef1', in_seq: 3 },
  )
  expect(toPrintedLine(line, 1234)).toBe(
    '{"schema":"beacon.event.v1","seq":1234,"id":"id-1","kind":"state","agent_id":"agent-001","status":"running","timestamp":"2026-11-21T00:00:00.000Z","received_at":"2026-11-21T00:00:00.000Z","hlc":"01a1fb671814-0000-abcdef1","agent_seq":7,"run":"r","in_seq":3,"metadata":{"a":[1]}}',
  )
})

test('times are RFC 3339 in UTC with milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 0) }), (ms) => {
      expect(toTime(ms)).toBe(new Date(ms).toISOString())
    }),
  )
})
