// One claim counted into its bar: a byte of its agent's and a few counters, so that 50,000 agents may claim in each beat.

import { failedFlag, lateFlag, reviewedFlag, stateMask, tasksFlag } from './bar-entry.ts'
import type { AgentTasks, Bar, ClaimFacts } from './bars.ts'
import { claimStates } from './status-claim.ts'

/** Agents that name one task after the other must not fill the memory. */
const agentTasksMax = 16

/** `agent` is its number in the fleet. */
export function countClaim(bar: Bar, agent: number, claim: ClaimFacts): void {
  const state = claimStates.indexOf(claim.state)
  const before = bar.entries[agent] ?? 0
  bar.claims++
  if (claim.late) bar.late_claims++
  if (before === 0) bar.agents_reporting++
  else moveCount(bar.states, (before & stateMask) - 1, -1)
  moveCount(bar.states, state, 1)
  let entry = (before & ~stateMask) | (state + 1)
  if (claim.late) entry |= lateFlag
  if (isTimelyReview(claim) && (entry & reviewedFlag) === 0) {
    entry |= reviewedFlag
    bar.on_time_reviews++
  }
  if (claim.state === 'failed') entry |= failedFlag | tasksFlag
  if (claim.state === 'helping') entry |= tasksFlag
  if ((entry & tasksFlag) !== 0) foldTask(bar, agent, claim)
  setEntry(bar, agent, entry)
}

function setEntry(bar: Bar, agent: number, entry: number): void {
  if (agent >= bar.entries.length) {
    const { entries } = bar
    bar.entries = new Uint8Array(2 ** Math.ceil(Math.log2(agent + 1)))
    bar.entries.set(entries)
  }
  bar.entries[agent] = entry
}

const moveCount = (counts: number[], index: number, by: number): void => {
  counts[index] = (counts[index] as number) + by
}

const isTimelyReview = ({ state, progress, on_time }: ClaimFacts): boolean =>
  on_time && (state === 'completed' || (state === 'reviewing' && progress === 1))

const noTasks: AgentTasks = { promised: [], failed: [] }

/** A promise is one agent and task, however often it is repeated before it is kept; a failure likewise. */
function foldTask(bar: Bar, agent: number, { state, task }: ClaimFacts): void {
  const { promised, failed } = bar.tasks.get(agent) ?? noTasks
  if (state === 'helping') {
    if (!promised.includes(task)) bar.tasks.set(agent, { promised: withLast(promised, task), failed })
  } else if (state === 'failed') {
    if (failed.includes(task)) return
    bar.failed_tasks++
    bar.tasks.set(agent, { promised, failed: withLast(failed, task) })
  } else if (state === 'completed' && promised.includes(task)) {
    bar.help_promises_fulfilled++
    bar.tasks.set(agent, { promised: promised.filter((each) => each !== task), failed })
  }
}

const withLast = (tasks: readonly string[], task: string): string[] => [
  ...tasks.slice(1 - agentTasksMax),
  task,
]
