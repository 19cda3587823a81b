// Which part of an open report gets which rows.

import type { Size } from '../view-spec.ts'

export type ReportLayout = {
  facts: number
  /** Rows of the list of issues, and its first row within the view. */
  issues: number
  top: number
  /** The agents of the issue under the cursor. */
  agents: number
  /** First issue shown, when the cursor is on this one of so many. */
  firstIssue(selected: number, count: number): number
}

const facts_rows = 6
const agents_rows = 2
const rules = 2

export function toReportLayout({ rows }: Size): ReportLayout {
  const facts = Math.max(1, Math.min(facts_rows, rows - rules - 3))
  const agents = rows - rules - facts >= agents_rows + 3 ? agents_rows : 0
  const issues = Math.max(0, rows - rules - facts - agents)
  return {
    facts,
    issues,
    agents,
    top: rules + facts,
    firstIssue: (selected, count) => Math.max(0, Math.min(count - issues, selected - Math.floor(issues / 2))),
  }
}
