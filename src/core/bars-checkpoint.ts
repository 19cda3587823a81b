// The open bars in a checkpoint: their totals in its head; each agent's entries and tasks in the part of that agent.

import { reviewedFlag, stateMask, tasksFlag } from './bar-entry.ts'
import type { BarReport } from './bar-report.ts'
import { type Bar, type Bars, makeBar } from './bars.ts'
import { type JsonObject, toCount, toList, toNumber, toObject, toText, toTexts } from './checkpoint-values.ts'
import { claimStates } from './status-claim.ts'
import { parseBarReport } from './stored-report.ts'

/** Shares only what never changes with those that it was taken of; with entries for so many agents, no more and no less. */
export const copyBars = ({ open }: Bars, agents: number): Bars => ({
  open: open.map((bar) => ({
    ...bar,
    states: bar.states.slice(),
    entries: withLength(bar.entries, agents),
    tasks: new Map(bar.tasks),
  })),
})

function withLength(entries: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length)
  copy.set(entries.subarray(0, length))
  return copy
}

const headNames = [
  'from_beat',
  'to_beat',
  'claims',
  'late_claims',
  'help_promises_fulfilled',
  'failed_tasks',
] as const satisfies (keyof Bar)[]

/** All but what follows from the entries. */
export const toBarHeads = ({ open }: Bars): JsonObject[] =>
  open.map((bar) => ({
    window_id: bar.window_id,
    ...Object.fromEntries(headNames.map((name) => [name, bar[name]])),
    revision: bar.revision,
    report: bar.report === null ? null : JSON.stringify(bar.report),
  }))

/** Entries of the agents from `from` to before `to`, a bar each. */
export const entriesOf = ({ open }: Bars, from: number, to: number): Uint8Array[] =>
  open.map(({ entries }) => entries.subarray(from, to))

/** The tasks of these agents: bar, agent, promised, failed. */
export function toAgentTasks({ open }: Bars, from: number, to: number): unknown[] {
  const list: unknown[] = []
  for (const [i, { entries, tasks }] of open.entries()) {
    if (tasks.size === 0) continue
    for (let agent = from; agent < to; agent++) {
      const known = ((entries[agent] as number) & tasksFlag) === 0 ? undefined : tasks.get(agent)
      if (known) list.push([i, agent, known.promised, known.failed])
    }
  }
  return list
}

/** Bars with room for so many agents, whose entries and tasks are then read into them. Absent before there were claims. */
export const parseBarHeads = (value: unknown, agents: number): Bars => ({
  open: value === undefined ? [] : toList(value).map((head) => parseHead(toObject(head), agents)),
})

function parseHead(head: JsonObject, agents: number): Bar {
  const [from_beat, to_beat] = [toCount(head.from_beat), toCount(head.to_beat)]
  const bar = makeBar({ window_id: toText(head.window_id), from_beat, to_beat })
  for (const name of headNames) bar[name] = toCount(head[name])
  bar.revision = toNumber(head.revision)
  bar.report = head.report === null ? null : toReport(toText(head.report))
  bar.entries = new Uint8Array(agents)
  return bar
}

function toReport(json: string): BarReport {
  const report = parseBarReport(json)
  if (report === undefined) throw new Error('a report is not whole')
  return report
}

/** What `toAgentTasks` gave of these agents. */
export function addAgentTasks({ open }: Bars, value: unknown, from: number, to: number): void {
  for (const entry of toList(value ?? [])) {
    const [index, at, promised, failed] = toList(entry)
    const [bar, agent] = [open[toCount(index)], toCount(at)]
    if (bar === undefined || agent < from || agent >= to) throw new Error('tasks are of another agent')
    bar.tasks.set(agent, { promised: toTexts(promised), failed: toTexts(failed) })
  }
}

/** Once all entries are read: what follows from them. */
export function countEntries({ open }: Bars): void {
  for (const bar of open)
    for (const entry of bar.entries) {
      if (entry === 0) continue
      const state = (entry & stateMask) - 1
      if (claimStates[state] === undefined) throw new Error('a state is not known')
      bar.agents_reporting++
      bar.states[state] = (bar.states[state] as number) + 1
      if ((entry & reviewedFlag) !== 0) bar.on_time_reviews++
    }
}
