// Random claims and reports of a few agents, as the stream would bring them: bars that follow each other, claims that are
// late, early, repeated or stragglers, bars without any, and counts of beats that begin again.

import fc from 'fast-check'
import type { BarReport } from '../../src/core/bar-report.ts'
import type { ClaimFacts } from '../../src/core/bars.ts'
import { toWindowId } from '../../src/core/beat.ts'
import { type ClaimState, claimStates } from '../../src/core/status-claim.ts'

export const beats_per_bar = 8

export const windowOf = (bar: number) => {
  const from_beat = bar * beats_per_bar
  return { window_id: toWindowId('c', from_beat), from_beat, to_beat: from_beat + beats_per_bar - 1 }
}

export const reportOf = (bar: number, over: Partial<BarReport> = {}): BarReport => ({
  type: 'backbeat.barreport.v1',
  ...windowOf(bar),
  agents_reporting: 0,
  on_time_reviews: 0,
  help_promises_fulfilled: 0,
  secret_rotations_ok: true,
  tempo_drift_ms: 0,
  issues: [],
  cluster_id: 'c',
  revision: 0,
  issued_at: '2026-06-26T12:00:00.000Z',
  tempo_bpm: 120,
  claims: 0,
  late_claims: 0,
  ...over,
})

/** Bars that pass before the claim, and how many bars before the present one it is for. */
const place = fc.record({
  pass: fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(2, 3, 4, 5, 9, -2, -16, -17, -40) },
  ),
  back: fc.oneof(
    { weight: 10, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constantFrom(1, -1) },
    { weight: 1, arbitrary: fc.constantFrom(2, 3, 4, 5) },
  ),
})

export const claimStep = fc.record({
  place,
  state: fc.constantFrom<ClaimState>(...claimStates, 'helping', 'helping', 'completed', 'completed'),
  task: fc.constantFrom('', 'task:1', 'task:2'),
  progress: fc.constantFrom(0, 0.5, 1),
  on_time: fc.boolean(),
  late: fc.boolean(),
})

export type ClaimStep = typeof claimStep extends fc.Arbitrary<infer Step> ? Step : never

const reportStep = fc.record({ place, revision: fc.nat(3) })

/** The bars of these steps, one after the other. */
export function makeBarCount(): (step: { place: { pass: number; back: number } }) => number {
  let present = 40
  return ({ place: { pass, back } }) => {
    present = Math.max(0, present + pass)
    return Math.max(0, present - back)
  }
}

export type ClaimItem =
  | { agent: number; claim: ClaimFacts; report?: never }
  | { report: BarReport; claim?: never }

/** Claims and reports in the stream's order. */
export const claimHistories = (maxLength = 200): fc.Arbitrary<ClaimItem[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: fc.record({ agent: fc.nat(5), claim: claimStep }) },
        { weight: 1, arbitrary: fc.record({ report: reportStep }) },
      ),
      { maxLength },
    )
    .map((steps) => {
      const barOf = makeBarCount()
      return steps.map((step, i): ClaimItem => {
        if ('report' in step) {
          const { revision } = step.report
          return { report: reportOf(barOf(step.report), { revision, agents_reporting: i }) }
        }
        const { place: _place, ...claim } = step.claim
        return { agent: step.agent, claim: { ...claim, ...windowOf(barOf(step.claim)) } }
      })
    })
