// The columns of `beacon agents` and its last line, which tells how the fleet is.

import type { AgentsDocument, ListedAgent, ListedGroup } from '../core/agents-document.ts'
import { healths } from '../core/health.ts'
import { formatAge, formatRate } from '../tui/format.ts'
import type { Column } from './output.ts'

/** Below it a table has no room for what the last event was about, and for the number of the healthy. */
const roomy_cells = 100

/** What a table of this width shows; csv and wide show all. */
export const agentColumns = (cells: number): Column<ListedAgent>[] => toFitting(agents, 'text', cells)
export const groupColumns = (cells: number): Column<ListedGroup>[] => toFitting(groups, 'healthy', cells)

const toFitting = <Row>(columns: Column<Row>[], dispensable: string, cells: number): Column<Row>[] =>
  cells < roomy_cells
    ? columns.map((each) => (each.name === dispensable ? { ...each, wide: true } : each))
    : columns

const agents: Column<ListedAgent>[] = [
  { name: 'agent_id', heading: 'AGENT', value: (each) => each.agent_id, shrinks: true },
  { name: 'health', value: (each) => each.health },
  {
    name: 'needs',
    value: (each) => each.needs,
    text: (each) => (each.needs === 'none' ? '' : each.needs),
  },
  { name: 'status', value: (each) => each.status, shrinks: true },
  { name: 'activity', value: (each) => each.activity, wide: true },
  { name: 'task', value: (each) => each.task, shrinks: true },
  { name: 'rate', value: (each) => each.rate, text: (each) => formatRate(each.rate) },
  { name: 'errors', value: (each) => each.errors },
  { name: 'events', value: (each) => each.events, wide: true },
  { name: 'gaps', value: (each) => each.gaps, wide: true },
  { name: 'missing', value: (each) => each.missing, wide: true },
  { name: 'status_since', heading: 'SINCE', value: (each) => each.status_since, wide: true },
  { name: 'last_seen', heading: 'SEEN', value: (each) => each.last_seen, wide: true },
  {
    name: 'idle_s',
    heading: 'IDLE',
    value: (each) => each.idle_s,
    text: (each) => formatAge(each.idle_s * 1_000),
  },
  { name: 'seq', value: (each) => each.seq, wide: true },
  { name: 'text', heading: 'LAST EVENT', value: (each) => each.text, shrinks: true },
]

const groups: Column<ListedGroup>[] = [
  { name: 'key', value: (each) => each.key, shrinks: true },
  { name: 'agents', value: (each) => each.agents },
  ...healths.map(
    (health): Column<ListedGroup> => ({ name: health, value: (each) => each.by_health[health] }),
  ),
  { name: 'needs', value: (each) => each.needs },
  { name: 'rate', value: (each) => each.rate, text: (each) => formatRate(each.rate) },
  { name: 'errors', value: (each) => each.errors },
]

/** `12 of 1,000 agents match`, what is not shown, and the state of the whole fleet. */
export function toFooter(document: AgentsDocument, filtered: boolean): string[] {
  const { totals, matched, agents, groups } = document
  const lines: string[] = []
  const more = groups === undefined ? matched - agents.length : (document.other_groups ?? 0)
  if (more > 0)
    lines.push(`… and ${count(more)} more${groups === undefined ? ': -n shows more of them' : ''}`)
  if (filtered) lines.push(`${count(matched)} of ${count(totals.agents)} agents match`)
  const health = list(healths.map((each) => [each, totals.by_health[each]]))
  const needs = list(Object.entries(totals.by_needs))
  const needing = Object.values(totals.by_needs).reduce((sum, each) => sum + each, 0)
  lines.push(
    `${count(totals.agents)} agents: ${health}; ${needing === 0 ? 'nobody needs you' : `${count(needing)} need you (${needs})`}; ${formatRate(totals.rate_10s)} events/s`,
  )
  return lines
}

/** `996 healthy, 3 late`, without what there is none of. */
const list = (counts: [string, number][]): string =>
  counts.flatMap(([name, value]) => (value > 0 ? [`${count(value)} ${name}`] : [])).join(', ')

const count = (value: number): string => value.toLocaleString('en')
