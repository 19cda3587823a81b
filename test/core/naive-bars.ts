// The same fold as core/bars.ts, written for reading only: what came for each window is kept, and counted at the end.

import type { OpenBar } from '../../src/core/bar-report.ts'
import { claimStates } from '../../src/core/status-claim.ts'
import { beats_per_bar, type ClaimItem, windowOf } from './claim-histories.ts'

type Claimed = Extract<ClaimItem, { agent: number }>

export type NaiveBar = OpenBar & { failed_tasks: number; report: unknown; agents: Map<number, string> }

/** The bars that are open at the end, oldest first. */
export function naiveBars(items: ClaimItem[]): NaiveBar[] {
  let windows = new Map<number, ClaimItem[]>()
  for (const item of items) {
    const bar = (item.claim ?? item.report).from_beat / beats_per_bar
    const behind = Math.max(...windows.keys()) - bar
    if (behind > 16) windows = new Map()
    else if (behind > 3) continue
    windows.set(bar, [...(windows.get(bar) ?? []), item])
    const newest = Math.max(...windows.keys())
    for (const each of windows.keys()) if (each < newest - 3) windows.delete(each)
  }
  const reporting = (bar: number): number => lastStates(windows.get(bar) ?? []).size
  return [...windows]
    .sort(([a], [b]) => a - b)
    .map(([bar, its]) => ({
      ...windowOf(bar),
      ...countsOf(its),
      agents_expected: reporting(bar - 1),
      ...reportedOf(its),
    }))
}

const claimsIn = (items: ClaimItem[]): Claimed[] => items.filter((item) => item.claim !== undefined)

const lastStates = (items: ClaimItem[]): Map<number, string> =>
  new Map(claimsIn(items).map(({ agent, claim }) => [agent, claim.state]))

function countsOf(items: ClaimItem[]) {
  const claims = claimsIn(items)
  const states = lastStates(items)
  const distinct = (some: Claimed[], keyOf: (item: Claimed) => unknown): number =>
    new Set(some.map(keyOf)).size
  const taskOf = ({ agent, claim }: Claimed): string => `${agent} ${claim.task}`
  return {
    agents: states,
    agents_reporting: states.size,
    on_time_reviews: distinct(
      claims.filter(
        ({ claim: { state, progress, on_time } }) =>
          on_time && (state === 'completed' || (state === 'reviewing' && progress === 1)),
      ),
      ({ agent }) => agent,
    ),
    help_promises_fulfilled: keptPromises(claims, taskOf),
    failed_tasks: distinct(
      claims.filter(({ claim }) => claim.state === 'failed'),
      taskOf,
    ),
    claims: claims.length,
    late_claims: claims.filter(({ claim }) => claim.late).length,
    states: claimStates
      .map((state) => [state, [...states.values()].filter((each) => each === state).length])
      .filter(([, count]) => count !== 0) as OpenBar['states'],
  }
}

function keptPromises(claims: Claimed[], taskOf: (item: Claimed) => string): number {
  const promised = new Set<string>()
  let kept = 0
  for (const item of claims) {
    if (item.claim.state === 'helping') promised.add(taskOf(item))
    if (item.claim.state === 'completed' && promised.delete(taskOf(item))) kept++
  }
  return kept
}

/** The first report of the highest revision. */
function reportedOf(items: ClaimItem[]): { revision: number | null; report: unknown } {
  const reports = items.flatMap(({ report }) => (report ? [report] : []))
  if (reports.length === 0) return { revision: null, report: null }
  const revision = Math.max(...reports.map((report) => report.revision))
  return { revision, report: reports.find((report) => report.revision === revision) }
}
