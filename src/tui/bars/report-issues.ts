// The issues of a report: their order, their signs, and from one to the agents that it is about.

import { type BarIssue, type BarReport, type IssueSeverity, issueSeverities } from '../../core/bar-report.ts'
import { quoteText } from '../../core/expression.ts'
import type { Piece } from '../line.ts'
import type { Paint } from '../paint.ts'

const known = new WeakMap<BarReport, BarIssue[]>()

/** The worst first. */
export function issuesOf(report: BarReport): BarIssue[] {
  let issues = known.get(report)
  if (!issues) {
    const rank = ({ severity }: BarIssue): number => issueSeverities.indexOf(severity)
    issues = report.issues.toSorted((a, b) => rank(b) - rank(a))
    known.set(report, issues)
  }
  return issues
}

/** How often each severity was counted, the worst first; without those that were not. */
export function countsOf({ issues }: Pick<BarReport, 'issues'>): [IssueSeverity, number][] {
  return issueSeverities
    .toReversed()
    .map((severity): [IssueSeverity, number] => [
      severity,
      issues.reduce((sum, issue) => sum + (issue.severity === severity ? issue.count : 0), 0),
    ])
    .filter(([, count]) => count > 0)
}

export function severitySign(severity: IssueSeverity, { glyphs, ...paint }: Paint): Piece {
  switch (severity) {
    case 'critical':
      return [glyphs.health.unhealthy, paint.bad]
    case 'warning':
      return [glyphs.needs.erroring, paint.warn]
    case 'info':
      return ['i', paint.dim]
  }
}

/** Expression over agents; null when the issue is not about any. */
export function agentsOf({ category, agents }: Pick<BarIssue, 'category' | 'agents'>): string | null {
  switch (category) {
    case 'failed_task':
      return 'status:failed'
    case 'blocked_agent':
      return 'status:blocked'
    default:
      return agents.length === 0 ? null : toWhere(agents)
  }
}

/** A longer filter is taken by nobody. */
const where_chars_max = 4_000

/** As many of the ids as the filter has room for. */
function toWhere(agents: readonly string[]): string {
  const pattern = `^(${agents.map(escaped).join('|')})$`
  const where = `agent:~${/[\s"]/.test(pattern) ? quoteText(pattern) : pattern}`
  return where.length <= where_chars_max || agents.length === 1 ? where : toWhere(agents.slice(0, -1))
}

const escaped = (id: string): string => id.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
