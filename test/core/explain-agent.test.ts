import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toAgentDocument } from '../../src/core/explain-agent.ts'
import { fold, makeFleet } from '../../src/core/fleet.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { histories, start_ms } from './histories.ts'

type Given = Partial<FleetEvent> & { pause_s?: number }

function explain(after_s: number, ...events: Given[]) {
  const fleet = makeFleet()
  let at_ms = start_ms
  for (const [i, { pause_s = 0, ...event }] of events.entries()) {
    at_ms += pause_s * 1_000
    fold(fleet, {
      seq: i + 1,
      agent_id: 'a',
      kind: 'state',
      status: 'idle',
      received_at_ms: at_ms,
      metadata: '{}',
      ...event,
    })
  }
  return toAgentDocument(fleet, 0, at_ms + after_s * 1_000)
}

const says = (after_s: number, ...events: Given[]): [string, number | null][] =>
  explain(after_s, ...events).reasons.map(({ says, seq }) => [says, seq])

test('a healthy agent is explained as well', () => {
  expect(says(3.25, {}, { pause_s: 8.5 }, { pause_s: 8.5 })).toEqual([
    [
      'heard from 3.2s ago; it is expected each 34s (4 × its mean pause of 8.5s): late after 40s, suspect after 1m 8s, unhealthy after 1m 42s',
      3,
    ],
    ['idle by its status idle, held for 20s', 1],
  ])
})

test('silence comes first when it is what the agent is accused of', () => {
  expect(says(180, { status: 'error' })).toEqual([
    [
      'silent for 3m; it is expected each 1m, until 3 events were heard: late after 1m 12s, suspect after 2m, unhealthy after 3m',
      1,
    ],
    ['idle by its status error, held for 3m', 1],
    ['its status error is an error, held for 3m', 1],
    ['100 % of its recent events were errors, 1 of 1 in all', 1],
  ])
})

test('a busy agent has minutes, and its task is named', () => {
  expect(says(600, { status: 'running', task: 'web_search' })).toEqual([
    [
      'silent for 10m; it is expected each 1m, until 3 events were heard: late after 5m, suspect after 10m, never unhealthy while it is busy',
      1,
    ],
    ['busy by its status running, held for 10m, in web_search', 1],
  ])
})

test('heartbeats, and a rhythm that is too quick to count', () => {
  const heartbeat: Given = { kind: 'heartbeat', heartbeat_interval_ms: 30_000 }
  expect(says(31, heartbeat)[0]?.[0]).toBe(
    'heard from 31s ago; its heartbeat is expected each 30s: late after 36s, suspect after 1m, unhealthy after 1m 30s',
  )
  expect(says(0, {}, { pause_s: 0.1 }, { pause_s: 0.1 })[0]?.[0]).toContain(
    'it is expected each 20s, the least (its mean pause is 0.1s)',
  )
})

test('a lease is named, with when it ends and whose it is', () => {
  const beat: Given = {
    kind: 'heartbeat',
    status: 'running',
    lease_ms: 60_000,
    installation_id: 'i1',
    platform: '{"type":"docker","image":"agents:7"}',
  }
  expect(says(25, beat)[0]?.[0]).toBe(
    'silent for 25s; its lease of 1m wants a sign of life each 20s: late after 24s, suspect after 40s, unhealthy after 1m',
  )
  expect(explain(25, beat)).toMatchObject({
    lease_expires_at: new Date(start_ms + 60_000).toISOString(),
    installation_id: 'i1',
    platform: { type: 'docker', image: 'agents:7' },
    expected_interval_s: 20,
  })
  expect(explain(0, beat, { kind: 'lifecycle', status: 'stopped', installation_id: 'i1' })).toMatchObject({
    lease_expires_at: null,
    installation_id: 'i1',
  })
  expect(explain(0, {})).toMatchObject({ lease_expires_at: null, installation_id: null, platform: null })
})

test('who waits is not accused of silence, and that it waits comes first', () => {
  expect(says(15, { status: 'waiting_for_input' }, { status: 'waiting_for_input', pause_s: 60 })).toEqual([
    ['waiting by its status waiting_for_input, held for 1m 15s', 1],
    ['heard from 15s ago; it is waiting, so silence is not counted', 2],
  ])
})

test('errors and missing numbers are named with the event that brought them', () => {
  const errors = Array.from(
    { length: 6 },
    (_, i): Given => ({ kind: 'log', status: 'error', agent_seq: i + 1 }),
  )
  const events: Given[] = [
    ...errors,
    { status: 'paused', agent_seq: 9 },
    { status: 'paused', agent_seq: 11, pause_s: 1 },
  ]
  expect(says(7, ...events)).toEqual([
    ['64 % of its recent events were errors, 6 of 8 in all', 6],
    ['heard from 7s ago; it is paused, so silence is not counted', 8],
    ['paused by its status paused, held for 8s', 7],
    ['3 numbers are missing: 7–8, 10; the last gap came 7s ago; in all 2 gaps, 0 late numbers', 8],
  ])
  const mended = [{ agent_seq: 7 }, { agent_seq: 8 }].map((event) => ({ ...event, status: 'paused' }))
  expect(says(7, ...events, ...mended)[0]?.[0]).toMatch(
    /^number 10 is missing; .*in all 2 gaps, 2 late numbers$/,
  )
  expect(says(7, ...events, ...mended, { status: 'paused', agent_seq: 10 }).at(-1)).toEqual([
    'no number is missing; in all 2 gaps, 3 late numbers',
    8,
  ])
})

test('one that said goodbye', () => {
  expect(says(182, {}, { kind: 'lifecycle', status: 'exited' })).toEqual([
    ['its last word was exited, 3m 2s ago; any event from it ends this', 2],
  ])
})

test('the document says when and by which event', () => {
  const document = explain(
    10,
    { status: 'error', metadata: '{"role":"qa"}', agent_seq: 1 },
    { pause_s: 2, status: 'running', task: 'plan', agent_seq: 3 },
    {
      pause_s: 4,
      kind: 'heartbeat',
      status: 'running',
      heartbeat_interval_ms: 60_000,
      metadata: '{"role":"dev","n":1}',
    },
  )
  const at = (second: number): string => new Date(start_ms + second * 1_000).toISOString()
  expect(document).toMatchObject({
    schema: 'beacon.agent.v1',
    at: at(16),
    agent_id: 'a',
    health: 'healthy',
    status: 'running',
    status_since: at(2),
    activity: 'busy',
    needs: 'gaps',
    task: 'plan',
    role: 'dev',
    kind: 'heartbeat',
    events: 3,
    errors: 1,
    gaps: 1,
    reorders: 0,
    missing: 1,
    first_seen: at(0),
    last_seen: at(6),
    idle_s: 10,
    expected_interval_s: 60,
    expected_from: 'heartbeat',
    last_heartbeat: at(6),
    seq: 3,
    status_seq: 2,
    last_error_seq: 1,
    metadata: { role: 'dev', n: 1 },
  })
  expect(document.rate_1s).toBeLessThan(document.rate_10s)
  expect(document.error_share).toBeCloseTo(1 / 3)
  expect(explain(0, {})).toMatchObject({ task: null, role: null, last_heartbeat: null, last_error_seq: null })
})

test('whatever happened, there are reasons, their events are in the history, and the need stands first', () => {
  const behind = {
    unhealthy: 'silence',
    stuck: 'silence',
    waiting: 'status',
    erroring: 'errors',
    finished: 'status',
    gaps: 'gaps',
  }
  fc.assert(
    fc.property(histories(60), fc.integer({ min: -1_000, max: 2_000_000 }), (history, silence_ms) => {
      const fleet = makeFleet()
      for (const event of history) fold(fleet, event)
      for (let agent = 0; agent < fleet.ids.length; agent++) {
        const { needs, reasons } = toAgentDocument(fleet, agent, fleet.received_at_ms + silence_ms)
        if (needs !== 'none') expect(reasons[0]?.code).toBe(behind[needs])
        expect(reasons.length).toBeGreaterThan(0)
        for (const { seq } of reasons)
          if (seq !== null) expect(history[seq - 1]?.agent_id).toBe(fleet.ids[agent])
      }
    }),
  )
})
