import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldClaim, makeBars } from '../../src/core/bars.ts'
import { eventKinds } from '../../src/core/event.ts'
import { type Fleet, fold, isErrorStatus, makeFleet, pass, rateAt } from '../../src/core/fleet.ts'
import { type ColumnName, columnNames } from '../../src/core/fleet-columns.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { activities } from '../../src/core/health.ts'
import { lastEvents } from '../../src/core/newest.ts'
import { histories, start_ms } from './histories.ts'
import { naiveColumns, naiveFold, naivePace, naiveProcess } from './naive-fleet.ts'

const fleetOf = (events: FleetEvent[]): Fleet => {
  const fleet = makeFleet(1)
  for (const event of events) fold(fleet, event)
  return fleet
}

const event = (over: Partial<FleetEvent> = {}): FleetEvent => ({
  seq: 1,
  agent_id: 'a',
  kind: 'state',
  status: 'running',
  received_at_ms: start_ms,
  metadata: '{}',
  ...over,
})

/** The columns of an agent, with numbers of texts, kinds and flags as what they stand for. */
function columnsOf(fleet: Fleet, agent: number): Record<string, unknown> {
  const { columns } = fleet
  const values = columnNames.map((name): [ColumnName, unknown] => [name, columns[name][agent]])
  return {
    ...Object.fromEntries(values),
    status: fleet.statuses.texts[columns.status[agent] as number],
    task: fleet.tasks.texts[columns.task[agent] as number],
    kind: eventKinds[columns.kind[agent] as number],
    in_error: columns.in_error[agent] === 1,
    stopped: columns.stopped[agent] === 1,
  }
}

test('each agent is as a fold written for reading has it', () => {
  fc.assert(
    fc.property(histories(), (history) => {
      const fleet = fleetOf(history)
      const { agents } = naiveFold(history)
      expect(fleet.ids).toEqual(agents.map(({ id }) => id))
      expect([...fleet.numbers]).toEqual(agents.map(({ id }, agent) => [id, agent]))
      for (const [agent, naive] of agents.entries()) {
        const columns = columnsOf(fleet, agent)
        expect(columns).toMatchObject(naiveColumns(naive))
        for (const [name, value] of Object.entries(naivePace(naive)))
          expect(Math.abs((columns[name] as number) - value), name).toBeLessThanOrEqual(
            1e-4 * Math.max(1, value),
          )
        expect(fleet.metadata[agent]).toBe(naive.events.at(-1)?.metadata)
        const process = { installation: fleet.installations[agent], platform: fleet.platforms[agent] }
        expect(process).toEqual(naiveProcess(naive))
      }
    }),
    { numRuns: 300 },
  )
})

test('each column is looked at by the fold written for reading', () => {
  const naive = { id: 'a', events: [event()] }
  const named = [...Object.keys(naiveColumns(naive)), ...Object.keys(naivePace(naive)), 'activity']
  expect(named.sort()).toEqual([...columnNames].sort())
})

test('the totals are the sums over the agents', () => {
  fc.assert(
    fc.property(histories(), (history) => {
      const fleet = fleetOf(history)
      const naive = naiveFold(history)
      const agents = naive.agents.map(naiveColumns)
      const sumOf = (name: string): number => agents.reduce((sum, agent) => sum + (agent[name] as number), 0)
      expect(fleet).toMatchObject({
        seq: history.length,
        first_seq: history.length === 0 ? 0 : 1,
        events: naive.events.length,
        duplicates: naive.duplicates,
        received_at_ms: naive.events.at(-1)?.received_at_ms ?? 0,
        errors: sumOf('errors'),
        gaps: sumOf('gaps'),
        reorders: sumOf('reorders'),
        missing: sumOf('missing'),
        metadata_chars: fleet.metadata.join('').length,
      })
      const held = new Map<string, number>()
      for (const { status } of agents) held.set(status as string, (held.get(status as string) ?? 0) + 1)
      for (const [text, number] of fleet.statuses.numbers)
        expect(fleet.statuses.counts[number], text).toBe(held.get(text) ?? 0)
    }),
  )
})

test('a rate decays from the last event on, each by its own time', () => {
  const fleet = fleetOf([event()])
  expect(rateAt(fleet, 0, start_ms, 1)).toBe(1)
  expect(rateAt(fleet, 0, start_ms + 1_000, 1)).toBeCloseTo(1 / Math.E)
  expect(rateAt(fleet, 0, start_ms + 10_000)).toBeCloseTo(0.1 / Math.E)
  expect(rateAt(fleet, 0, start_ms + 60_000, 60)).toBeCloseTo(1 / 60 / Math.E)
  expect(rateAt(fleet, 0, start_ms - 60_000, 60)).toBeCloseTo(1 / 60)
})

test('steady events give their rate', () => {
  const fleet = makeFleet()
  for (let i = 0; i < 3_000; i++) fold(fleet, event({ seq: i + 1, received_at_ms: start_ms + i * 200 }))
  for (const window_s of [10, 60] as const)
    expect(rateAt(fleet, 0, start_ms + 3_000 * 200, window_s)).toBeCloseTo(5, 0)
})

test('a command counts and is news, but it is no sign of life, changes no agent and adds none', () => {
  const fleet = fleetOf([event({ status: 'waiting' })])
  const before = structuredClone({ columns: columnsOf(fleet, 0), metadata: fleet.metadata })
  for (const [i, agent_id] of ['a', 'b'].entries()) {
    const later = { received_at_ms: start_ms + 5_000, seq: i + 2 }
    expect(fold(fleet, event({ ...later, kind: 'command', agent_id, status: 'failed' }))).toBeUndefined()
  }
  expect({ columns: columnsOf(fleet, 0), metadata: fleet.metadata }).toEqual(before)
  expect(fleet).toMatchObject({ ids: ['a'], seq: 3, events: 3, errors: 0, received_at_ms: start_ms + 5_000 })
  expect(lastEvents(fleet.newest, 2)).toMatchObject([
    { kind: 'command', agent_id: 'a', status: 'failed' },
    { kind: 'command', agent_id: 'b' },
  ])
})

const beat = (installation_id: string, over: Partial<FleetEvent> = {}): FleetEvent =>
  event({ kind: 'heartbeat', lease_ms: 60_000, installation_id, ...over })
const goodbye = (installation_id: string, seq: number): FleetEvent =>
  event({ kind: 'lifecycle', status: 'stopped', installation_id, seq })

test('a lease ends with the goodbye of its installation, not with that of an earlier one', () => {
  const restarted = [beat('old'), beat('new', { seq: 2, status: 'planning' })]
  const held = fleetOf([...restarted, goodbye('old', 3)])
  expect(columnsOf(held, 0)).toMatchObject({
    stopped: false,
    lease_ms: 60_000,
    status: 'planning',
    last_seq: 3,
  })
  expect(held.installations).toEqual(['new'])
  const left = fleetOf([...restarted, goodbye('new', 3)])
  expect(columnsOf(left, 0)).toMatchObject({ stopped: true, lease_ms: 0, status: 'stopped' })
})

test.each(['log', 'task'] as const)(
  'a %s is a sign of life and may be an error, but does not say what the agent does',
  (kind) => {
    const fleet = fleetOf([
      event({ status: 'waiting', task: 'plan' }),
      event({ seq: 2, kind, status: 'error', task: 'other', received_at_ms: start_ms + 5_000 }),
    ])
    expect(columnsOf(fleet, 0)).toMatchObject({
      status: 'waiting',
      task: 'plan',
      in_error: false,
      status_seq: 1,
      last_seq: 2,
      last_seen_ms: start_ms + 5_000,
      kind,
      errors: 1,
      error_seq: 2,
    })
  },
)

test('a claim says what the agent does, and on what', () => {
  const fleet = fleetOf([
    event({ status: 'running', task: 'plan' }),
    event({ seq: 2, kind: 'claim', status: 'failed', task: 'task:7', received_at_ms: start_ms + 5_000 }),
    event({ seq: 3, kind: 'claim', status: 'blocked', received_at_ms: start_ms + 9_000 }),
  ])
  expect(columnsOf(fleet, 0)).toMatchObject({
    status: 'blocked',
    status_seq: 3,
    task: 'task:7',
    kind: 'claim',
    in_error: false,
    errors: 1,
    error_seq: 2,
    activity: activities.indexOf('waiting'),
  })
})

test('the bars are those of the claims that are no duplicates', () => {
  fc.assert(
    fc.property(histories(), (history) => {
      const { agents, events } = naiveFold(history)
      const numbers = new Map(agents.map(({ id }, agent) => [id, agent]))
      const bars = makeBars()
      for (const { claim, agent_id } of events) if (claim) foldClaim(bars, numbers.get(agent_id) ?? -1, claim)
      expect(fleetOf(history).bars).toEqual(bars)
    }),
  )
})

test('an agent that never named a status has an empty one', () => {
  const fleet = fleetOf([event({ kind: 'log', status: 'info' })])
  expect(columnsOf(fleet, 0)).toMatchObject({
    status: '',
    status_seq: 0,
    status_since_ms: start_ms,
    events: 1,
  })
})

test('one long silence does not become the rhythm, a few do', () => {
  const fleet = makeFleet()
  let at_ms = start_ms
  let seq = 0
  const hear = (pause_ms: number): number => {
    at_ms += pause_ms
    fold(fleet, event({ seq: ++seq, received_at_ms: at_ms }))
    return fleet.columns.pause_ms[0] as number
  }
  for (let i = 0; i < 20; i++) hear(1_000)
  expect(hear(3_600_000)).toBeLessThan(20_000)
  for (let i = 0; i < 10; i++) hear(3_600_000)
  expect(fleet.columns.pause_ms[0]).toBeGreaterThan(1_000_000)
})

test('a number far ahead is a gap whose size is bounded, and what it hides is not lost from the total', () => {
  const fleet = fleetOf([
    event({ agent_seq: 1 }),
    event({ seq: 2, agent_seq: Number.MAX_SAFE_INTEGER - 1 }),
    event({ seq: 3, agent_id: 'b', agent_seq: 1 }),
    event({ seq: 4, agent_id: 'b', agent_seq: 3 }),
  ])
  expect(fleet.missing).toBe(0xffff_ffff + 1)
  fold(fleet, event({ seq: 5, agent_seq: 1, run: 'next' }))
  expect(fleet.missing).toBe(1)
})

test('more agents than there was room for keep what they had', () => {
  const fleet = makeFleet(1)
  for (let i = 0; i < 100; i++)
    fold(fleet, event({ seq: i + 1, agent_id: `agent-${i}`, agent_seq: i, received_at_ms: start_ms + i }))
  expect([...fleet.columns.last_seen_ms.slice(0, 100)]).toEqual(
    Array.from({ length: 100 }, (_, i) => start_ms + i),
  )
  for (let i = 0; i < 100; i++) fold(fleet, event({ seq: 101 + i, agent_id: `agent-${i}`, agent_seq: i }))
  expect(fleet.duplicates).toBe(100)
})

test('statuses that nobody has any more leave no trace', () => {
  const fleet = makeFleet()
  for (let i = 0; i < 1_000; i++) fold(fleet, event({ seq: i + 1, status: `status ${i}` }))
  expect([...fleet.statuses.numbers.keys()]).toEqual(['', 'status 999'])
  expect(fleet.statuses.texts.length).toBeLessThan(5)
})

test('a message that is no event moves the position only', () => {
  const fleet = makeFleet()
  pass(fleet, 41)
  expect(fleet).toMatchObject({ seq: 41, first_seq: 41, events: 0 })
})

test.each([
  ['error', true],
  ['FAILED', true],
  ['errors', false],
  ['running', false],
])('%s is an error: %s', (status, expected) => {
  expect(isErrorStatus(status)).toBe(expected)
})
