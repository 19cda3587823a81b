// What a bar's report points out: one issue per category, the worst first, each with its count and a few examples.

import { failedFlag, lateFlag, stateMask } from './bar-entry.ts'
import { type BarIssue, type IssueCategory, issueCategories, issueSeverities } from './bar-report.ts'
import type { Bar, BarAgents, ReportFacts } from './bars.ts'
import { claimStates } from './status-claim.ts'

const examplesMax = 5
/** SLO of SEEDS.md 4: the jitter of the pulse. */
const driftMax_ms = 20

export function toIssues(
  bar: Bar,
  before: Bar | undefined,
  facts: ReportFacts,
  agents: BarAgents,
): BarIssue[] {
  const issues = [
    missingAgents(bar, before, agents),
    lateClaims(bar, agents),
    invalidClaims(facts),
    failedTasks(bar, agents),
    blockedAgents(bar, agents),
    leaderChanges(facts),
    drift(facts),
    droppedViews(facts),
  ]
  return issues.filter(({ count }) => count > 0).sort((a, b) => rankOf(a) - rankOf(b))
}

const rankOf = ({ severity, category }: BarIssue): number =>
  issueCategories.indexOf(category) - issueSeverities.indexOf(severity) * issueCategories.length

/** Those that reported in the bar before. At least half of them silent is no longer a matter of single agents. */
function missingAgents(bar: Bar, before: Bar | undefined, { ids, columns }: BarAgents): BarIssue {
  const { stopped } = columns
  const missing = before
    ? listAgents(
        before.entries,
        ids,
        (entry, agent) => entry !== 0 && (bar.entries[agent] ?? 0) === 0 && stopped[agent] === 0,
      )
    : nobody
  const isMost = missing.count * 2 >= (before?.agents_reporting ?? 0)
  return issueOf(isMost ? 'critical' : 'warning', 'missing_agent', missing, (count) =>
    count === 1
      ? '1 agent reported in the bar before and not in this one'
      : `${count} agents reported in the bar before and not in this one`,
  )
}

function lateClaims({ late_claims, entries }: Bar, { ids }: BarAgents): BarIssue {
  const late = listAgents(entries, ids, (entry) => (entry & lateFlag) !== 0)
  return issueOf('info', 'late_claim', { ...late, count: late_claims }, (count) =>
    count === 1 ? '1 claim came after the bar had ended' : `${count} claims came after the bar had ended`,
  )
}

const invalidClaims = ({ refused }: ReportFacts): BarIssue =>
  issueOf('warning', 'invalid_claim', refused, (count) =>
    count === 1 ? '1 claim was refused' : `${count} claims were refused`,
  )

function failedTasks({ failed_tasks, entries }: Bar, { ids }: BarAgents): BarIssue {
  const failed = listAgents(entries, ids, (entry) => (entry & failedFlag) !== 0)
  return issueOf('critical', 'failed_task', { ...failed, count: failed_tasks }, (count) =>
    count === 1 ? '1 task failed' : `${count} tasks failed`,
  )
}

const blocked = claimStates.indexOf('blocked') + 1

function blockedAgents({ entries }: Bar, { ids }: BarAgents): BarIssue {
  const list = listAgents(entries, ids, (entry) => (entry & stateMask) === blocked)
  return issueOf('warning', 'blocked_agent', list, (count) =>
    count === 1 ? '1 agent was blocked at the end' : `${count} agents were blocked at the end`,
  )
}

const leaderChanges = ({ leader_changes }: ReportFacts): BarIssue =>
  issueOf('info', 'leader_change', { count: leader_changes, agents: [] }, (count) =>
    count === 1 ? 'the pulse changed its leader' : `the pulse changed its leader ${count} times`,
  )

/** Beats that are half a beat away from their place no longer name it. */
function drift({ tempo_drift_ms, tempo_bpm }: ReportFacts): BarIssue {
  const off_ms = Math.abs(tempo_drift_ms)
  const side = tempo_drift_ms > 0 ? 'behind' : 'ahead of'
  return issueOf(
    off_ms > 30_000 / tempo_bpm ? 'critical' : 'warning',
    'drift',
    { count: off_ms > driftMax_ms ? 1 : 0, agents: [] },
    () => `beats were ${off_ms.toFixed(1)} ms ${side} their schedule on average`,
  )
}

const droppedViews = ({ dropped_views }: ReportFacts): BarIssue =>
  issueOf('info', 'dropped_view', { count: dropped_views, agents: [] }, (count) =>
    count === 1
      ? '1 viewer did not keep up and was cut off'
      : `${count} viewers did not keep up and were cut off`,
  )

type Counted = { count: number; agents: string[] }
const nobody: Counted = { count: 0, agents: [] }

const issueOf = (
  severity: BarIssue['severity'],
  category: IssueCategory,
  { count, agents }: Counted,
  say: (count: number) => string,
): BarIssue => ({
  severity,
  category,
  count,
  agents: agents.slice(0, examplesMax),
  message: say(count),
})

/** How many agents are so, and the first ones in the order in which they were first heard of. */
function listAgents(
  entries: Uint8Array,
  ids: readonly string[],
  isSo: (entry: number, agent: number) => boolean,
): Counted {
  const agents: string[] = []
  let count = 0
  for (let agent = 0; agent < entries.length; agent++) {
    if (!isSo(entries[agent] as number, agent)) continue
    count++
    if (agents.length < examplesMax) agents.push(ids[agent] as string)
  }
  return { count, agents }
}
