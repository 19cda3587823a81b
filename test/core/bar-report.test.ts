import fc from 'fast-check'
import { expect, test } from 'vitest'
import { issueSeverities } from '../../src/core/bar-report.ts'
import {
  type Bars,
  type ClaimFacts,
  foldClaim,
  makeBars,
  noteReport,
  type ReportFacts,
  toBarReport,
} from '../../src/core/bars.ts'
import { parseBarReport } from '../../src/core/stored-report.ts'
import { claimHistories, reportOf, windowOf } from './claim-histories.ts'

const facts: ReportFacts = {
  cluster_id: 'c',
  tempo_bpm: 120,
  tempo_drift_ms: 3.5,
  leader_changes: 0,
  refused: { count: 0, agents: [] },
  dropped_views: 0,
  rotations_outstanding: 0,
  issued_at: '2026-06-26T12:00:00.000Z',
}
const agentsOf = (count: number, stopped: number[] = []) => ({
  ids: Array.from({ length: count }, (_, agent) => `agent-${agent}`),
  columns: { stopped: Uint8Array.from({ length: count }, (_, agent) => Number(stopped.includes(agent))) },
})
const claim = (bars: Bars, agent: number, bar: number, over: Partial<ClaimFacts> = {}): void =>
  foldClaim(bars, agent, {
    ...windowOf(bar),
    state: 'executing',
    task: '',
    progress: 0,
    on_time: true,
    late: false,
    ...over,
  })
/** The report of the newest bar. */
const report = (bars: Bars, over: Partial<ReportFacts> = {}, agents = agentsOf(20)) =>
  toBarReport(bars, bars.open.at(-1)!, { ...facts, ...over }, agents)

test('a report says what the bar holds, and which revision it is', () => {
  const bars = makeBars()
  claim(bars, 0, 5, { state: 'helping', task: 'a' })
  claim(bars, 0, 5, { state: 'completed', task: 'a' })
  claim(bars, 1, 5, { state: 'reviewing', progress: 1, late: true, on_time: false })
  noteReport(bars, reportOf(5, { revision: 2 }))
  expect(report(bars)).toEqual({
    type: 'backbeat.barreport.v1',
    ...windowOf(5),
    agents_reporting: 2,
    on_time_reviews: 1,
    help_promises_fulfilled: 1,
    secret_rotations_ok: true,
    tempo_drift_ms: 3.5,
    issues: [
      {
        severity: 'info',
        category: 'late_claim',
        count: 1,
        agents: ['agent-1'],
        message: '1 claim came after the bar had ended',
      },
    ],
    cluster_id: 'c',
    revision: 3,
    issued_at: '2026-06-26T12:00:00.000Z',
    tempo_bpm: 120,
    claims: 3,
    late_claims: 1,
  })
})

test('an outstanding rotation of tokens shows', () => {
  const bars = makeBars()
  claim(bars, 0, 5)
  expect(report(bars, { rotations_outstanding: 1 }).secret_rotations_ok).toBe(false)
})

test('who reported in the bar before and not in this one is missing, unless it said goodbye', () => {
  const bars = makeBars()
  for (let agent = 0; agent < 10; agent++) claim(bars, agent, 5)
  for (let agent = 3; agent < 12; agent++) claim(bars, agent, 6)
  expect(report(bars, {}, agentsOf(20, [1])).issues).toEqual([
    {
      severity: 'warning',
      category: 'missing_agent',
      count: 2,
      agents: ['agent-0', 'agent-2'],
      message: '2 agents reported in the bar before and not in this one',
    },
  ])
})

test('half of the agents missing is critical, and nobody is missing after a bar that was empty', () => {
  const bars = makeBars()
  for (let agent = 0; agent < 10; agent++) claim(bars, agent, 5)
  for (let agent = 0; agent < 5; agent++) claim(bars, agent, 6)
  expect(report(bars).issues).toMatchObject([{ severity: 'critical', category: 'missing_agent', count: 5 }])
  claim(bars, 0, 8)
  expect(report(bars).issues).toEqual([])
})

test('a bar in which nobody claimed names those who did before', () => {
  const bars = makeBars()
  claim(bars, 0, 5)
  noteReport(bars, reportOf(6))
  expect(report(bars)).toMatchObject({
    agents_reporting: 0,
    revision: 1,
    issues: [{ category: 'missing_agent', count: 1, agents: ['agent-0'] }],
  })
})

test('a task that failed counts once for its agent, a blocked agent while it is blocked', () => {
  const bars = makeBars()
  for (const task of ['a', 'a', 'b']) claim(bars, 1, 5, { state: 'failed', task })
  claim(bars, 2, 5, { state: 'failed', task: 'a' })
  for (const agent of [3, 4]) claim(bars, agent, 5, { state: 'blocked' })
  claim(bars, 3, 5, { state: 'executing' })
  expect(report(bars).issues).toMatchObject([
    { severity: 'critical', category: 'failed_task', count: 3, agents: ['agent-1', 'agent-2'] },
    { severity: 'warning', category: 'blocked_agent', count: 1, agents: ['agent-4'] },
  ])
})

test.each([
  [20, []],
  [-20, []],
  [20.1, [{ severity: 'warning', category: 'drift', count: 1, agents: [] }]],
  [-249, [{ severity: 'warning', message: 'beats were 249.0 ms ahead of their schedule on average' }]],
  [251, [{ severity: 'critical', message: 'beats were 251.0 ms behind their schedule on average' }]],
])('a drift of %d ms at 120 BPM gives %j', (tempo_drift_ms, issues) => {
  const bars = makeBars()
  claim(bars, 0, 5)
  expect(report(bars, { tempo_drift_ms }).issues).toMatchObject(issues)
})

test('the worst comes first, then the categories in their order, with at most five examples each', () => {
  const bars = makeBars()
  for (let agent = 0; agent < 20; agent++) {
    claim(bars, agent, 5)
    claim(bars, agent, 6, { state: agent % 2 ? 'failed' : 'blocked', late: true })
  }
  claim(bars, 20, 5)
  const given = {
    tempo_drift_ms: 400,
    leader_changes: 2,
    refused: { count: 70, agents: ['x', 'y', 'z', 'u', 'v', 'w'] },
    dropped_views: 1,
  }
  const { issues } = report(bars, given, agentsOf(21))
  expect(issues.map(({ severity, category, count }) => `${severity} ${category} ${count}`)).toEqual([
    'critical failed_task 10',
    'critical drift 1',
    'warning missing_agent 1',
    'warning invalid_claim 70',
    'warning blocked_agent 10',
    'info late_claim 20',
    'info leader_change 2',
    'info dropped_view 1',
  ])
  expect(Math.max(...issues.map(({ agents }) => agents.length))).toBe(5)
  expect(issues[4]?.agents).toEqual(['agent-0', 'agent-2', 'agent-4', 'agent-6', 'agent-8'])
})

test('a report reads back as it was, and of an unchanged bar the next revision says the same', () => {
  fc.assert(
    fc.property(claimHistories(60), (history) => {
      const bars = makeBars()
      for (const item of history) if (item.claim) foldClaim(bars, item.agent, item.claim)
      for (const bar of bars.open) {
        const issued = toBarReport(bars, bar, facts, agentsOf(6))
        const stored = parseBarReport(JSON.stringify(issued))
        expect(stored).toEqual(issued)
        noteReport(bars, stored!)
        const next = toBarReport(bars, bar, { ...facts, issued_at: '2026-06-26T12:00:09.000Z' }, agentsOf(6))
        expect(next).toEqual({ ...issued, revision: 1, issued_at: next.issued_at })
        const ranks = issued.issues.map(({ severity }) => issueSeverities.indexOf(severity))
        expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
      }
    }),
  )
})
