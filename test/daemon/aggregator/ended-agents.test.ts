import { beforeEach, expect, test } from 'vitest'
import { type Fleet, fold, makeFleet } from '../../../src/core/fleet.ts'
import type { FleetEvent } from '../../../src/core/fleet-event.ts'
import { type JudgingClock, makeJudgingClock, tickClock } from '../../../src/core/judging-clock.ts'
import {
  type EndedWatch,
  makeEndedWatch,
  takeEnded,
  turnLeases,
  watchAgent,
} from '../../../src/daemon/aggregator/ended-agents.ts'

const start_ms = 1_782_475_200_000
const interval_ms = 100

let fleet: Fleet
let clock: JudgingClock
let watch: EndedWatch
let wall_ms: number

beforeEach(() => {
  wall_ms = start_ms
  fleet = makeFleet(1)
  startWatch()
})

function startWatch(): void {
  clock = makeJudgingClock(wall_ms)
  watch = makeEndedWatch(fleet, wall_ms)
}

function hear(agent_id: string, event: Partial<FleetEvent> = {}): void {
  const seq = fleet.seq + 1
  const given = {
    seq,
    agent_id,
    kind: 'log',
    status: 'info',
    received_at_ms: wall_ms,
    metadata: '{}',
  } as const
  const agent = fold(fleet, { ...given, ...event })
  if (agent !== undefined) watchAgent(watch, fleet, agent)
}

const beat = (agent_id: string, lease_ms = 5_000): void => hear(agent_id, { kind: 'heartbeat', lease_ms })
const goodbye = (agent_id: string): void => hear(agent_id, { kind: 'lifecycle', status: 'stopped' })

/** Lets so many milliseconds pass: who is told as ended, and how. */
function pass(ms: number, given: { deaf?: boolean; step_ms?: number } = {}): string[] {
  const { deaf = false, step_ms = interval_ms } = given
  const told: string[] = []
  for (let passed_ms = 0; passed_ms < ms; passed_ms += step_ms) {
    wall_ms += step_ms
    const { arrivals, received_at_ms } = fleet
    tickClock(clock, { wall_ms, interval_ms, arrivals, received_at_ms, pending: 0, cut_off: false, deaf })
    turnLeases(watch, fleet, clock)
    const { agents } = takeEnded(watch, fleet, clock) ?? { agents: [] }
    told.push(...agents.map(({ agent_id, how }) => `${agent_id} ${how}`))
  }
  return told
}

test('a lease that runs out is told once, with when it ended', () => {
  beat('a')
  expect(pass(4_900)).toEqual([])
  wall_ms += interval_ms
  const { arrivals, received_at_ms } = fleet
  const quiet = { pending: 0, cut_off: false, deaf: false }
  tickClock(clock, { wall_ms, interval_ms, arrivals, received_at_ms, ...quiet })
  turnLeases(watch, fleet, clock)
  expect(takeEnded(watch, fleet, clock)).toEqual({
    agents: [{ agent_id: 'a', how: 'lease_expired', at_ms: start_ms + 5_000 }],
  })
  expect(pass(60_000)).toEqual([])
})

test('whoever calls in is not ended, and one that fell silent twice is told twice', () => {
  for (let i = 0; i < 10; i++) {
    beat('a')
    expect(watch.wheel.slots.flat()).toEqual([0])
    expect(pass(3_000)).toEqual([])
  }
  expect(pass(2_000)).toEqual(['a lease_expired'])
  // Any sign of life brings it back, and its lease with it.
  hear('a')
  expect(pass(4_900)).toEqual([])
  expect(pass(100)).toEqual(['a lease_expired'])
})

test('a goodbye is told at once, and its lease is over with it', () => {
  beat('a')
  goodbye('a')
  expect(pass(100)).toEqual(['a stopped'])
  expect(pass(60_000)).toEqual([])
})

test('who came back before it was told is left out', () => {
  beat('a')
  goodbye('a')
  hear('a')
  expect(pass(1_000)).toEqual([])
})

test('an agent without a lease is never lost', () => {
  hear('a', { kind: 'heartbeat', heartbeat_interval_ms: 1_000 })
  expect(pass(600_000)).toEqual([])
})

test('a stall of Beacon moves the lease, and so does deafness', () => {
  beat('a')
  expect(pass(60_000, { step_ms: 60_000 })).toEqual([])
  expect(pass(30_000, { deaf: true })).toEqual([])
  expect(pass(4_800)).toEqual([])
  expect(pass(100)).toEqual(['a lease_expired'])
})

test('after a start everybody who is ended is told again, and has the time first in which nobody could be heard', () => {
  beat('lost')
  goodbye('gone')
  expect(pass(10_000)).toEqual(['gone stopped', 'lost lease_expired'])
  wall_ms += 3_600_000
  clock = makeJudgingClock(fleet.received_at_ms)
  watch = makeEndedWatch(fleet, fleet.received_at_ms)
  expect(pass(10_000)).toEqual(['gone stopped', 'lost lease_expired'])
})

test('many that end at once are told in parts', () => {
  for (let i = 0; i < 1_200; i++) beat(`agent-${i}`)
  expect(pass(4_900)).toEqual([])
  expect([pass(100), pass(100), pass(100), pass(100)].map(({ length }) => length)).toEqual([500, 500, 200, 0])
})
