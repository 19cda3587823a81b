import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toEventLine } from '../../src/core/event-line.ts'
import { summarizeMetadata } from '../../src/core/event-summary.ts'
import { parseFleetEvent } from '../../src/core/fleet-event.ts'

const stamp = { id: 'id-1', received_at_ms: 1_782_475_200_123, hlc: '019f0123456a-0000-1234567' }
const wicked = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constantFrom('","metadata":{', ',"status":"x"', '\\', '"', '\u001b[2J', '\u2028', '日本', '🚀'),
)

test('reads of a stored line exactly what was written, whatever the texts hold', () => {
  fc.assert(
    fc.property(
      wicked,
      wicked,
      wicked,
      fc.option(fc.nat()),
      fc.dictionary(wicked, fc.jsonValue()),
      fc.option(wicked),
      (agent, status, id, agentSeq, extra, task) => {
        const metadata = JSON.parse(JSON.stringify({ ...extra, ...(task === null ? {} : { task }) }))
        if (task === null) delete metadata.task
        const numbered = agentSeq === null ? {} : { agent_seq: agentSeq, run: status }
        const line = toEventLine({ agent_id: agent, status, id, metadata, ...numbered }, stamp)
        expect(parseFleetEvent(Buffer.from(line), 7, agent)).toEqual({
          seq: 7,
          agent_id: agent,
          kind: 'state',
          status,
          received_at_ms: stamp.received_at_ms,
          metadata: JSON.stringify(metadata),
          ...numbered,
          ...(task === null ? {} : { task }),
        })
      },
    ),
  )
})

test.each([
  '',
  '{}',
  'null',
  '[1]',
  '{"schema":"x"}',
  '{"metadata":{}}',
  '\u0000',
  '{"status":1,"metadata":{}}',
  '{"kind":"state","status":"s","received_at":"2026-06-26T12:00:00.123Z","run":7,"metadata":{}}',
  '{"kind":"state","status":"s","received_at":"2026-06-26T12:00:00.123Z","agent_seq":"7","metadata":{}}',
])('bytes that Beacon did not write are no event: %j', (text) => {
  expect(parseFleetEvent(Buffer.from(text), 1, 'a')).toBeUndefined()
})

test.each([
  ['heartbeat', { heartbeat_interval_s: 30 }, 30_000],
  ['heartbeat', { interval_s: 0.5 }, 500],
  ['heartbeat', { heartbeat_interval_s: 30, interval_s: 7 }, 30_000],
  ['heartbeat', { interval_s: 1e9 }, 86_400_000],
  ['heartbeat', { interval_s: 0 }, undefined],
  ['heartbeat', { interval_s: '30' }, undefined],
  ['heartbeat', {}, undefined],
  ['state', { interval_s: 30 }, undefined],
] as const)('a %s with %j declares an interval of %s ms', (kind, metadata, interval_ms) => {
  const line = toEventLine({ agent_id: 'a', status: 's', kind, metadata }, stamp)
  expect(parseFleetEvent(Buffer.from(line), 1, 'a')?.heartbeat_interval_ms).toBe(interval_ms)
})

test.each([
  [{ lease_ms: 60_000 }, { lease_ms: 60_000 }],
  [{ lease_ms: 1 }, { lease_ms: 5_000 }],
  [{ lease_ms: 1e12 }, { lease_ms: 259_200_000 }],
  [{ lease_ms: '60000', installation_id: 7, platform: 'docker' }, {}],
  [{ lease_ms: -1, platform: { hostname: 'h' } }, {}],
  [{ installation_id: 'i' }, { installation_id: 'i' }],
  [{ installation_id: 'i'.repeat(129) }, {}],
  [
    { platform: { type: 'docker', image: 'x'.repeat(300), pid: 7, tags: ['a'], ['n'.repeat(65)]: 1 } },
    { platform: JSON.stringify({ type: 'docker', image: `${'x'.repeat(119)}…`, pid: 7 }) },
  ],
])('a heartbeat and a goodbye with %j say %j of their process, and other kinds nothing', (metadata, said) => {
  for (const kind of ['heartbeat', 'lifecycle', 'log', 'state'] as const) {
    const line = toEventLine({ agent_id: 'a', status: 's', kind, metadata }, stamp)
    const { lease_ms, installation_id, platform } = parseFleetEvent(Buffer.from(line), 1, 'a') ?? {}
    const expected = kind === 'heartbeat' || kind === 'lifecycle' ? said : {}
    expect({ lease_ms, installation_id, platform }).toEqual(expected)
  }
})

test('however many fields a platform has, what is kept of it is small', () => {
  const fields = Array.from({ length: 500 }, (_, i) => [`field-${i}`, '\u0000'.repeat(500)])
  const platform = { type: 'docker', ...Object.fromEntries(fields) }
  const line = toEventLine({ agent_id: 'a', status: 's', kind: 'heartbeat', metadata: { platform } }, stamp)
  const kept = parseFleetEvent(Buffer.from(line), 1, 'a')?.platform ?? ''
  expect(kept.length).toBeLessThan(10_000)
  expect(Object.keys(JSON.parse(kept))).toHaveLength(13)
})

test.each([
  ['{}', ''],
  ['{"error":"upstream 503","message":"m"}', 'error: upstream 503'],
  [
    '{"command":"terminate","command_id":"c","by":"ann","reason":"too dear","scope":{"kind":"all"},"outcome":"lease_expired"}',
    'terminate by ann: too dear  lease_expired',
  ],
  ['{"command":"pause","command_id":"c","by":"ann","reason":"","outcome":null}', 'pause by ann'],
  [
    '{"installation_id":"i","lease_ms":60000,"heartbeat_interval_s":20,"uptime_seconds":7}',
    'uptime_seconds 7',
  ],
  ['{"task":"t","message":"waiting for input"}', 'waiting for input'],
  ['{"task":"t","progress":0.5,"ok":true,"list":[1],"model":"m"}', 'progress 0.5  ok true  model m'],
  [
    '{"task":"t","task_id":"t","progress":0.5,"beats_left":1,"beat_index":7,"on_time":true,"window_id":"f","from_beat":0}',
    't  50 %  1 beat left  beat 7',
  ],
  [
    '{"notes":"fetching","beat_index":7,"on_time":false,"late":true,"window_id":"f"}',
    'fetching  beat 7  late',
  ],
  ['{"task":"t","progress":0.5,"notes":"fetching inputs"}', 'fetching inputs'],
  ['not json', ''],
])('the summary of %s is %j', (metadata, summary) => {
  expect(summarizeMetadata(metadata)).toBe(summary)
})

test('a summary is short and never ends inside a character', () => {
  const summary = summarizeMetadata(JSON.stringify({ message: '🚀'.repeat(200) }))
  expect(summary.length).toBeLessThanOrEqual(120)
  expect(summary.isWellFormed()).toBe(true)
})
