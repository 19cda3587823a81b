import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  parseHeartbeatBody,
  parseRegisterBody,
  parseShutdownBody,
} from '../../src/core/installation-bodies.ts'

test.each([
  [[], 'the body is a JSON object, this is an array'],
  [{}, 'agent_id is missing: give 1–256 bytes of UTF-8'],
  [{ agent_id: 'team-*' }, 'agent_id must not end in *'],
  [
    { agent_id: 'a', heartbeat_interval_seconds: 0.5 },
    'heartbeat_interval_seconds must be a number of seconds from 1 to 86400',
  ],
  [{ agent_id: 'a', heartbeat_interval_seconds: '60' }, 'this is "60"'],
  [
    { agent_id: 'a', platform: { type: 'toaster' } },
    'platform .type must be one of lambda, kubernetes, docker, bare_metal',
  ],
  [
    { agent_id: 'a', platform: { type: 'docker', image: { a: 1 } } },
    'platform .image must be a number or a text',
  ],
  [{ agent_id: 'a', metadata: [] }, 'metadata must be a JSON object'],
  [{ agent_id: 'a', metadata: { a: 'x'.repeat(20_000) } }, 'keep it elsewhere and send a reference'],
  [{ agent_id: 'a', installation_id: '../..' }, 'installation_id must be the id that registration answered'],
])('a registration %j is refused: %s', (body, message) => {
  const parsed = parseRegisterBody(body)
  expect(parsed.ok ? '' : parsed.error).toContain(message)
})

test.each([
  [{ status: '' }, 'status must not be empty'],
  [{ status: 'x'.repeat(65) }, 'status has 65 characters'],
  [{ uptime_seconds: -1 }, 'uptime_seconds must be a number of at least 0'],
  [{ metrics: { errors: 'many' } }, 'metrics .errors must be a number'],
  [{ acknowledged: 'c' }, 'acknowledged must be an array of command ids'],
  [{ acknowledged: ['c', ''] }, 'acknowledged [1] must be a text'],
])('a heartbeat %j is refused: %s', (body, message) => {
  const parsed = parseHeartbeatBody(body)
  expect(parsed.ok ? '' : parsed.error).toContain(message)
})

test('null is the same as leaving a field out, and what is not known is left out', () => {
  expect(parseHeartbeatBody({ platform: null, metrics: { errors: null, cpu: 0.5 }, color: 'red' })).toEqual({
    ok: true,
    value: { status: 'running', metrics: { cpu: 0.5 } },
  })
  expect(parseShutdownBody({ exit_code: null, signal: 'SIGTERM' })).toEqual({
    ok: true,
    value: { signal: 'SIGTERM' },
  })
})

test('a body of any JSON is read or refused with a message, never thrown at', () => {
  const fields = fc.constantFrom(
    'agent_id',
    'status',
    'platform',
    'metrics',
    'metadata',
    'acknowledged',
    'exit_code',
  )
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(fields, fc.jsonValue())), (body) => {
      for (const parse of [parseRegisterBody, parseHeartbeatBody, parseShutdownBody]) {
        const parsed = parse(body)
        if (!parsed.ok) expect(parsed.error).not.toBe('')
      }
    }),
  )
})
