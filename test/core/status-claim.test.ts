import { expect, test } from 'vitest'
import { toClaimBody } from '../../src/core/claim-door.ts'
import { errorRegistry } from '../../src/core/errors.ts'
import { limits } from '../../src/core/event.ts'
import { toEventLine } from '../../src/core/event-line.ts'
import { claimStates, parseStatusClaim, type StatusClaim } from '../../src/core/status-claim.ts'

const claim = {
  type: 'backbeat.statusclaim.v1',
  agent_id: 'agent:xyz',
  beat_index: 1234,
  state: 'executing',
  hlc: '7ffd:0001:beef',
}
const whole = {
  ...claim,
  task_id: 'task:123',
  beats_left: 3,
  progress: 0.5,
  notes: 'fetching inputs',
  resources: { cpu_percent: 412.5, memory_mb: 90, disk_io_ops: 0, network_kb: 1.5 },
  dependencies: ['task:1', 'task:2'],
  metadata: { any: [{ thing: null }] },
}
const issueOf = (value: unknown) => {
  const parsed = parseStatusClaim(value)
  return parsed.ok ? undefined : parsed.error
}
const nested = (levels: number): object => (levels === 1 ? {} : { in: nested(levels - 1) })

test('a claim with every field, and one with those that must be there, come out as they went in', () => {
  expect(parseStatusClaim(whole)).toEqual({ ok: true, value: whole })
  expect(parseStatusClaim(claim)).toEqual({ ok: true, value: claim })
})

test.each(claimStates)('%s is a state', (state) => {
  expect(parseStatusClaim({ ...claim, state })).toMatchObject({ ok: true, value: { state } })
})

test.each([
  ['waiting', 'blocked'],
  ['review', 'reviewing'],
  ['done', 'completed'],
])('%s is stored as %s', (alias, state) => {
  expect(parseStatusClaim({ ...claim, state: alias })).toMatchObject({ ok: true, value: { state } })
})

test('null in an optional field is the same as leaving it out, within resources too', () => {
  const nulls = Object.fromEntries(
    Object.keys(whole)
      .filter((field) => !(field in claim))
      .map((field) => [field, null]),
  )
  expect(parseStatusClaim({ ...claim, ...nulls })).toEqual({ ok: true, value: claim })
  expect(parseStatusClaim({ ...claim, resources: { memory_mb: null, network_kb: 1 } })).toEqual({
    ok: true,
    value: { ...claim, resources: { network_kb: 1 } },
  })
})

const wrong: [rule: string, code: string, field: string, value: unknown][] = [
  ...[null, 7, 'claim', [], undefined].map((value): [string, string, string, unknown] => [
    'a claim is an object',
    'claim_not_object',
    '',
    value,
  ]),
  ...Object.keys(claim).flatMap((field): [string, string, string, unknown][] => [
    [`${field} must be there`, `claim_${field}`, field, { ...claim, [field]: undefined }],
    [`${field} must not be null`, `claim_${field}`, field, { ...claim, [field]: null }],
  ]),
  ['the type is the one', 'claim_type', 'type', { ...claim, type: 'backbeat.statusclaim.v2' }],
  ['an agent id is not empty', 'claim_agent_id', 'agent_id', { ...claim, agent_id: '' }],
  ['an agent id has few characters', 'claim_agent_id', 'agent_id', { ...claim, agent_id: 'a b' }],
  ['an agent id ends where it ends', 'claim_agent_id', 'agent_id', { ...claim, agent_id: 'a\n' }],
  ['an agent id has at most 128', 'claim_agent_id', 'agent_id', { ...claim, agent_id: 'a'.repeat(129) }],
  ['an agent id is a text', 'claim_agent_id', 'agent_id', { ...claim, agent_id: 7 }],
  ['a task id is like an agent id', 'claim_task_id', 'task_id', { ...claim, task_id: 'a/b' }],
  ['a beat is whole', 'claim_beat_index', 'beat_index', { ...claim, beat_index: 1.5 }],
  ['a beat is not negative', 'claim_beat_index', 'beat_index', { ...claim, beat_index: -1 }],
  ['a beat is a number', 'claim_beat_index', 'beat_index', { ...claim, beat_index: '7' }],
  ['a beat is exact', 'claim_beat_index', 'beat_index', { ...claim, beat_index: 2 ** 53 }],
  ['a state is one of eight', 'claim_state', 'state', { ...claim, state: 'dancing' }],
  ['a state is written small', 'claim_state', 'state', { ...claim, state: 'Idle' }],
  ['no state is inherited', 'claim_state', 'state', { ...claim, state: 'constructor' }],
  ['a state is a text', 'claim_state', 'state', { ...claim, state: ['idle'] }],
  ['a clock has three groups', 'claim_hlc', 'hlc', { ...claim, hlc: '7ffd:0001' }],
  ['a clock is hexadecimal', 'claim_hlc', 'hlc', { ...claim, hlc: '7ffd:0001:beeg' }],
  ['a clock is not the internal one', 'claim_hlc', 'hlc', { ...claim, hlc: '019f0123456a-0000-1234567' }],
  ['beats left are whole', 'claim_beats_left', 'beats_left', { ...claim, beats_left: 0.5 }],
  ['beats left are at most 1000', 'claim_beats_left', 'beats_left', { ...claim, beats_left: 1_001 }],
  ['progress is at most 1', 'claim_progress', 'progress', { ...claim, progress: 1.01 }],
  ['progress is at least 0', 'claim_progress', 'progress', { ...claim, progress: -0.01 }],
  ['progress is a number', 'claim_progress', 'progress', { ...claim, progress: Number.NaN }],
  ['notes are a text', 'claim_notes', 'notes', { ...claim, notes: {} }],
  ['notes have at most 256 characters', 'claim_notes', 'notes', { ...claim, notes: 'x'.repeat(257) }],
  ['notes count code points', 'claim_notes', 'notes', { ...claim, notes: '🥁'.repeat(257) }],
  ['notes are well-formed', 'claim_notes', 'notes', { ...claim, notes: '\ud83e' }],
  ['resources are an object', 'claim_resources', 'resources', { ...claim, resources: [] }],
  ['resources are four', 'claim_resources', 'resources', { ...claim, resources: { gpu: 1 } }],
  ['a resource is not negative', 'claim_resources', 'resources', { ...claim, resources: { memory_mb: -1 } }],
  ['a resource is a number', 'claim_resources', 'resources', { ...claim, resources: { network_kb: '1' } }],
  ['a resource is finite', 'claim_resources', 'resources', { ...claim, resources: { network_kb: 1 / 0 } }],
  ['dependencies are a list', 'claim_dependencies', 'dependencies', { ...claim, dependencies: 'task:1' }],
  ['dependencies are ids', 'claim_dependencies', 'dependencies', { ...claim, dependencies: ['a', 'b c'] }],
  [
    'dependencies are at most 100',
    'claim_dependencies',
    'dependencies',
    { ...claim, dependencies: Array(101).fill('a') },
  ],
  ['metadata is an object', 'claim_metadata', 'metadata', { ...claim, metadata: [] }],
  ['metadata is not deep', 'claim_metadata', 'metadata', { ...claim, metadata: nested(64) }],
  [
    'metadata is not large',
    'claim_metadata',
    'metadata',
    { ...claim, metadata: { text: 'é'.repeat(120_000) } },
  ],
  ['nothing else is allowed', 'claim_unknown_field', 'progres', { ...claim, progres: 1 }],
  [
    'not even the prototype',
    'claim_unknown_field',
    '__proto__',
    JSON.parse(JSON.stringify(claim).replace('{', '{"__proto__":{},')),
  ],
]

test.each(wrong)('%s: %s', (_rule, code, field, value) => {
  expect(issueOf(value)).toMatchObject({ code, field })
})

test('every rule of a claim has a code of its own, and every code a case', () => {
  const cases = new Set(wrong.map(([, code]) => code))
  const codes = Object.keys(errorRegistry).filter((code) => code.startsWith('claim_'))
  // The last one is of a body in which no claim is valid.
  const others = ['claim_too_late', 'claim_too_early', 'claim_invalid']
  expect([...cases, ...others].sort()).toEqual(codes.sort())
})

test('what is just allowed is taken', () => {
  const most = {
    ...claim,
    agent_id: 'a'.repeat(128),
    beat_index: 0,
    beats_left: 1_000,
    progress: 1,
    notes: '🥁'.repeat(256),
    dependencies: Array(100).fill('a'.repeat(128)),
    metadata: nested(63),
  }
  expect(issueOf(most)).toBeUndefined()
  expect(issueOf({ ...claim, progress: 0, beats_left: 0, notes: '', hlc: 'FFFF:0000:abCD' })).toBeUndefined()
})

test('the largest claim is stored as an event that is not too large', () => {
  const parsed = parseStatusClaim({
    ...claim,
    agent_id: 'a'.repeat(128),
    notes: '\u0001'.repeat(256),
    dependencies: Array(100).fill('a'.repeat(128)),
    metadata: { text: 'x'.repeat(224 * 1024 - 11) },
  })
  const verdict = { window_id: '0'.repeat(32), from_beat: 0, to_beat: 1e15, on_time: false, late: false }
  const { value } = parsed as { value: StatusClaim }
  const line = toEventLine(toClaimBody(value, verdict), { id: 'i'.repeat(128), received_at_ms: 0, hlc: '' })
  expect(Buffer.byteLength(line)).toBeLessThan(limits.event_bytes_max)
})

test.each([
  [{ ...claim, state: 'exceuting' }, 'did you mean executing?'],
  [{ ...claim, progres: 1 }, 'did you mean progress?'],
  [{ ...claim, favourite_colour: 1 }, 'under metadata'],
  [{ ...claim, resources: { cpu_percent: -1 } }, 'resources.cpu_percent must be a number of at least 0'],
  [{ ...claim, dependencies: ['a', ''] }, 'dependencies[1] must be'],
  [{ ...claim, hlc: undefined }, 'hlc is missing'],
  [{ ...claim, notes: 'x'.repeat(300) }, 'has 300 characters, at most 256'],
])('the message on %j says how to mend it: %s', (value, words) => {
  expect(issueOf(value)?.message).toContain(words)
})
