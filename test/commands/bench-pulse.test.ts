// The instruments of `beacon bench pulse`. What they measure is no matter of a test.

import { expect, test } from 'vitest'
import type { PulseBench } from '../../src/commands/bench-pulse.ts'
import { simulateHour } from '../../src/commands/bench-pulse-hour.ts'
import { toPulseRows } from '../../src/commands/bench-pulse-rows.ts'

const fine = { p50: 1, p95: 5, p99: 200, max: 200 }
const good: PulseBench = {
  subscriptions: 1_000,
  connections: 10,
  idle: { beats: 40, jitter_ms: fine, delivery_ms: { ...fine, p95: 100 } },
  loaded: {
    beats: 40,
    jitter_ms: fine,
    delivery_ms: { ...fine, p95: 100 },
    rate_wanted: 50_000,
    rate_achieved: 31_000,
  },
  reports: {
    agents: 50_000,
    bars: 4,
    agents_reporting_least: 49_000,
    latency_ms: { ...fine, max: 100 },
    agree: true,
  },
  drift: { simulated: { beats: 7_200, drift_ms: -36_000 }, real: { seconds: 600, drift_ms: 6_000 } },
}
const missed = (bench: PulseBench): string[] =>
  toPulseRows(bench).flatMap(({ what, met }) => (met === false ? [what] : []))

test('the budgets of the pulse are judged one by one', () => {
  expect(missed(good)).toEqual([])
  expect(missed({ ...good, idle: { ...good.idle, jitter_ms: { ...fine, p95: 5.1 } } })).toEqual([
    'jitter p95, idle',
  ])
  expect(missed({ ...good, loaded: { ...good.loaded, delivery_ms: { ...fine, p95: 101 } } })).toEqual([
    'delivery p95 to 1,000 subscribers, at 31,000 of 50,000 events/s',
  ])
  const slow = { ...good.reports, latency_ms: { ...fine, max: 101 } }
  expect(missed({ ...good, reports: slow })).toEqual(['downbeat → BarReport, 50,000 agents, 4 bars'])
  const simulated = { beats: 7_200, drift_ms: -36_001 }
  expect(missed({ ...good, drift: { ...good.drift, simulated } })).toEqual(['drift over a simulated hour'])
  const real = { seconds: 600, drift_ms: 6_001 }
  expect(missed({ ...good, drift: { ...good.drift, real } })).toEqual(['drift over 600 s of real time'])
})

test('a bench without a report does not meet its budget', () => {
  const none = {
    agents: 50_000,
    bars: 0,
    agree: null,
    agents_reporting_least: 0,
    latency_ms: { p50: 0, p95: 0, p99: 0, max: 0 },
  }
  expect(missed({ ...good, reports: none })).toEqual(['downbeat → BarReport, 50,000 agents, 0 bars'])
})

test('late timers do not add up over an hour, and every beat of it is sent', () => {
  const { beats, drift_ms } = simulateHour(7)
  expect(beats).toBeGreaterThanOrEqual(7_200)
  expect(Math.abs(drift_ms)).toBeLessThan(50)
})
