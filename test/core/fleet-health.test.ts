import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fleet, fold, makeFleet } from '../../src/core/fleet.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { expectedFrom, expectedInterval, healthOf, needOf } from '../../src/core/fleet-health.ts'
import { activities, healths, needs } from '../../src/core/health.ts'
import { histories, start_ms } from './histories.ts'

type Given = Partial<FleetEvent> & { pause_s?: number }

/** One agent that sent these events; `after` gives its health and need so long after the last one. */
function agentOf(...events: Given[]) {
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
  const after = (silence_s: number): string => {
    const now_ms = at_ms + silence_s * 1_000
    return `${healths[healthOf(fleet, 0, now_ms)]} ${needs[needOf(fleet, 0, now_ms)]}`
  }
  return { fleet, after, expected_s: expectedInterval(fleet, 0) / 1_000, from: expectedFrom(fleet, 0) }
}

const each = (pause_s: number, event: Given = {}): Given[] =>
  Array.from({ length: 20 }, () => ({ ...event, pause_s }))
const heartbeat = (status = 'idle'): Given => ({ kind: 'heartbeat', status, heartbeat_interval_ms: 30_000 })

const lease = (status: string, lease_s: number): Given => ({
  kind: 'heartbeat',
  status,
  lease_ms: lease_s * 1_000,
})

describe('an agent is expected', () => {
  test.each<[string, number, string, Given[]]>([
    ['each minute, as long as little is known of it', 60, 'default', [{}, { pause_s: 1 }]],
    ['each 20 s, however quick it is', 20, 'rhythm', each(0.01)],
    ['each 20 s, when all of its events came at once', 20, 'rhythm', each(0)],
    ['four times its mean pause, when it is slow', 240, 'rhythm', each(60)],
    ['as its heartbeats say', 30, 'heartbeat', [heartbeat()]],
    ['as its heartbeats say, whatever else it sends', 30, 'heartbeat', [heartbeat(), ...each(1)]],
    ['as its heartbeats come', 15, 'heartbeat', each(15, { kind: 'heartbeat' })],
    ['each third of its lease', 1, 'heartbeat', [...each(1), { kind: 'heartbeat', lease_ms: 3_000 }]],
    ['each 5 s at most', 5, 'heartbeat', each(0.5, { kind: 'heartbeat' })],
    ['as if it had none after one heartbeat that says nothing', 60, 'default', [{ kind: 'heartbeat' }]],
  ])('%s', (_, expected_s, from, events) => {
    const agent = agentOf(...events)
    expect(agent.expected_s).toBeCloseTo(expected_s)
    expect(agent.from).toBe(from)
  })
})

describe('silence counts against the clock that runs', () => {
  test.each<[string, Given[], [silence_s: number, verdict: string][]]>([
    [
      'idle, by the default',
      [{}],
      [
        [71, 'healthy none'],
        [72, 'late none'],
        [119, 'late none'],
        [120, 'suspect none'],
        [179, 'suspect none'],
        [180, 'unhealthy unhealthy'],
        [1e6, 'unhealthy unhealthy'],
      ],
    ],
    [
      'idle, by its rhythm',
      each(10),
      [
        [47, 'healthy none'],
        [48.1, 'late none'],
        [80.1, 'suspect none'],
        [120.1, 'unhealthy unhealthy'],
      ],
    ],
    [
      'idle, by its heartbeats',
      [heartbeat()],
      [
        [35, 'healthy none'],
        [36, 'late none'],
        [60, 'suspect none'],
        [90, 'unhealthy unhealthy'],
      ],
    ],
    [
      'busy: minutes, and never dead',
      each(1, { status: 'running' }),
      [
        [299, 'healthy none'],
        [300, 'late none'],
        [599, 'late none'],
        [600, 'suspect stuck'],
        [1e6, 'suspect stuck'],
      ],
    ],
    [
      'busy by its task',
      [{ status: 'phase 2', task: 'search' }],
      [
        [299, 'healthy none'],
        [600, 'suspect stuck'],
      ],
    ],
    [
      'busy with heartbeats: late by them, suspect by minutes',
      [heartbeat('running')],
      [
        [35, 'healthy none'],
        [36, 'late none'],
        [599, 'late none'],
        [600, 'suspect stuck'],
        [1e6, 'suspect stuck'],
      ],
    ],
    [
      'busy with a lease: by its thirds, and it can be lost',
      [lease('running', 60)],
      [
        [23, 'healthy none'],
        [24, 'late none'],
        [40, 'suspect none'],
        [59, 'suspect none'],
        [60, 'unhealthy unhealthy'],
      ],
    ],
    [
      'paused with the shortest lease',
      [lease('paused', 5)],
      [
        [1, 'healthy none'],
        [2, 'late none'],
        [4, 'suspect none'],
        [5, 'unhealthy unhealthy'],
      ],
    ],
    [
      'a lease that any sign of life renews',
      [lease('running', 60), { kind: 'log', status: 'info', pause_s: 300 }],
      [
        [23, 'healthy none'],
        [60, 'unhealthy unhealthy'],
      ],
    ],
    [
      'waiting: not accused, but it needs someone',
      [{ status: 'waiting_for_input' }],
      [
        [14, 'healthy none'],
        [15, 'healthy waiting'],
        [1e6, 'healthy waiting'],
      ],
    ],
    [
      'waiting, and its heartbeats stop',
      [heartbeat('waiting')],
      [
        [36, 'late waiting'],
        [90, 'unhealthy unhealthy'],
      ],
    ],
    ['paused', [{ status: 'paused' }], [[1e6, 'healthy none']]],
    [
      'done: looked at for a quarter of an hour',
      [{ status: 'completed' }],
      [
        [59, 'healthy none'],
        [60, 'healthy finished'],
        [959, 'healthy finished'],
        [960, 'healthy none'],
      ],
    ],
    [
      'an error status, held',
      [{ status: 'failed' }],
      [
        [9, 'healthy none'],
        [10, 'healthy erroring'],
        [72, 'late erroring'],
        [180, 'unhealthy unhealthy'],
      ],
    ],
    [
      'most of its events are errors',
      [...each(1, { kind: 'log', status: 'error' }), { status: 'paused' }],
      [
        [0, 'healthy erroring'],
        [899, 'healthy erroring'],
        [900, 'healthy none'],
      ],
    ],
    [
      'errors from the first event on',
      [...each(1, { kind: 'log', status: 'error' }).slice(0, 3), { status: 'paused' }],
      [[0, 'healthy erroring']],
    ],
    [
      'too few errors to say so',
      [
        { kind: 'log', status: 'error' },
        { kind: 'log', status: 'error' },
      ],
      [[0, 'healthy none']],
    ],
    [
      'numbers are missing',
      [
        { status: 'paused', agent_seq: 1 },
        { status: 'paused', agent_seq: 3 },
      ],
      [
        [4, 'healthy none'],
        [5, 'healthy gaps'],
        [1e6, 'healthy gaps'],
      ],
    ],
    [
      'the missing number came',
      [
        { status: 'paused', agent_seq: 1 },
        { status: 'paused', agent_seq: 3 },
        { status: 'paused', agent_seq: 2 },
      ],
      [[5, 'healthy none']],
    ],
    [
      'it said goodbye',
      [{ agent_seq: 1 }, { agent_seq: 5, kind: 'lifecycle', status: 'stopped' }],
      [
        [0, 'stopped none'],
        [1e6, 'stopped none'],
      ],
    ],
    [
      'it said goodbye and came back',
      [{ kind: 'lifecycle', status: 'exited' }, { kind: 'log', status: 'info' }, {}],
      [
        [0, 'healthy none'],
        [180, 'unhealthy unhealthy'],
      ],
    ],
    [
      '"stopped" as a mere status: done',
      [{ status: 'stopped' }],
      [
        [60, 'healthy finished'],
        [1e6, 'healthy none'],
      ],
    ],
    ['a clock before its last event', [{ status: 'error' }], [[-1e6, 'healthy none']]],
  ])('%s', (_, events, verdicts) => {
    const { after } = agentOf(...events)
    expect(verdicts.map(([silence_s]) => [silence_s, after(silence_s)])).toEqual(verdicts)
  })

  test('a status that is only said again goes on being held, another one begins anew', () => {
    const waiting = { status: 'waiting' }
    expect(agentOf(waiting, { ...waiting, pause_s: 15 }).after(0)).toBe('healthy waiting')
    expect(agentOf(waiting, { pause_s: 10 }, { ...waiting, pause_s: 10 }).after(0)).toBe('healthy none')
  })
})

describe('whatever happened before', () => {
  const silences = fc.integer({ min: -10_000, max: 5_000_000 })
  const everyAgent = (check: (fleet: Fleet, agent: number, silence_ms: number) => void): void =>
    fc.assert(
      fc.property(histories(60), silences, (history, silence_ms) => {
        const fleet = makeFleet()
        for (const event of history) fold(fleet, event)
        for (let agent = 0; agent < fleet.ids.length; agent++) check(fleet, agent, silence_ms)
      }),
      { numRuns: 300 },
    )
  const healthAt = (fleet: Fleet, agent: number, silence_ms: number): number =>
    healthOf(fleet, agent, (fleet.columns.last_seen_ms[agent] as number) + silence_ms)
  const isActivity = (fleet: Fleet, agent: number, ...names: string[]): boolean =>
    names.includes(activities[fleet.columns.activity[agent] as number] as string)

  test('a busy agent without a lease is never unhealthy', () => {
    everyAgent((fleet, agent, silence_ms) => {
      if (isActivity(fleet, agent, 'busy') && fleet.columns.lease_ms[agent] === 0)
        expect(healths[healthAt(fleet, agent, silence_ms)]).not.toBe('unhealthy')
    })
  })

  test('who waits, is paused or done is not accused of silence, unless it has heartbeats or a lease', () => {
    everyAgent((fleet, agent, silence_ms) => {
      if (
        isActivity(fleet, agent, 'waiting', 'paused', 'done') &&
        fleet.columns.heartbeat_interval_ms[agent] === 0 &&
        fleet.columns.lease_ms[agent] === 0 &&
        fleet.columns.stopped[agent] === 0
      )
        expect(healths[healthAt(fleet, agent, silence_ms)]).toBe('healthy')
    })
  })

  test('who has a lease is unhealthy from its end on, and no sooner, whatever it does', () => {
    everyAgent((fleet, agent, silence_ms) => {
      const lease_ms = fleet.columns.lease_ms[agent] as number
      if (lease_ms === 0 || fleet.columns.stopped[agent] === 1) return
      const isOver = healths[healthAt(fleet, agent, silence_ms)] === 'unhealthy'
      expect(isOver).toBe(silence_ms >= lease_ms)
    })
  })

  test('more silence never makes it better', () => {
    everyAgent((fleet, agent, silence_ms) => {
      expect(healthAt(fleet, agent, silence_ms + 1_000)).toBeGreaterThanOrEqual(
        healthAt(fleet, agent, silence_ms),
      )
    })
  })

  test('any event heals, but for the last word', () => {
    everyAgent((fleet, agent, silence_ms) => {
      const now_ms = (fleet.columns.last_seen_ms[agent] as number) + silence_ms
      fold(fleet, {
        seq: fleet.seq + 1,
        agent_id: fleet.ids[agent] as string,
        kind: 'log',
        status: 'info',
        received_at_ms: now_ms,
        metadata: '{}',
      })
      expect(healths[healthOf(fleet, agent, now_ms)]).toBe('healthy')
    })
  })

  test('who is unhealthy needs a person first, and who is stopped needs none', () => {
    everyAgent((fleet, agent, silence_ms) => {
      const now_ms = (fleet.columns.last_seen_ms[agent] as number) + silence_ms
      const health = healths[healthOf(fleet, agent, now_ms)]
      const need = needs[needOf(fleet, agent, now_ms)]
      expect(need === 'unhealthy').toBe(health === 'unhealthy')
      if (health === 'stopped') expect(need).toBe('none')
    })
  })
})
