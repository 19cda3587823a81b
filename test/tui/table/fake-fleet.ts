// An aggregator that knows a list of agents: frames for a query, as the real one answers it.

import { healths, needs } from '../../../src/core/health.ts'
import { sortRows } from '../../../src/core/sort-rows.ts'
import {
  type AgentRow,
  type Cells,
  type FleetFrame,
  type FleetQuery,
  type Group,
  type Heatmap,
  toAgentRow,
} from '../../../src/core/view.ts'
import { makeFrame, start_ms } from '../frames.ts'

export type FakeAgent = AgentRow & { [key: `meta.${string}`]: string }

export const agent = (name: string, changes: Partial<FakeAgent> = {}): FakeAgent => ({
  ...toAgentRow([], []),
  agent: name,
  status: 'running',
  task: 'plan',
  rate: 1.5,
  last_seen_ms: start_ms - 2_000,
  status_since_ms: start_ms - 60_000,
  last_seq: 7,
  ...changes,
})

export const agentName = (n: number): string => `agent-${String(n).padStart(5, '0')}`

export const manyAgents = (count: number): FakeAgent[] =>
  Array.from({ length: count }, (_, n) => agent(agentName(n + 1)))

export function answerQuery(all: readonly FakeAgent[], query: Partial<FleetQuery>): FleetFrame {
  const { columns = ['agent'], sort = 'seen', reverse = false, offset = 0, limit = 50 } = query
  const members = all.filter((each) => !query.needs || each.needs !== 'none')
  const ordered = sortRows(members, sort, reverse) as FakeAgent[]
  const cells = (each: FakeAgent): Cells => columns.map((column) => each[column] ?? '')
  const pinned = all.find((each) => each.agent === query.pin)
  const heatmap = query.heatmap ? toHeatmap(members, query.heatmap) : null
  const count = <Key extends string>(keys: readonly Key[], of: (each: FakeAgent) => string) =>
    Object.fromEntries(keys.map((key) => [key, all.filter((each) => of(each) === key).length]))
  const { totals } = makeFrame([])
  return makeFrame(ordered.slice(offset, offset + limit).map(cells), {
    totals: {
      ...totals,
      agents: all.length,
      by_health: count(healths, ({ health }) => health) as FleetFrame['totals']['by_health'],
      by_needs: count(
        needs.filter((need) => need !== 'none'),
        (each) => each.needs,
      ) as FleetFrame['totals']['by_needs'],
    },
    matched: members.length,
    offset,
    columns,
    pinned: pinned ? cells(pinned) : null,
    heatmap: heatmap?.heatmap ?? null,
    cell_agent: query.cell === undefined ? null : (heatmap?.worst[query.cell] ?? null),
    groups: query.group === undefined ? null : toGroups(members, query.group),
  })
}

/** By health only; the worst is the last of `healths` but `stopped`. */
function toHeatmap(
  members: FakeAgent[],
  { by, cells }: NonNullable<FleetQuery['heatmap']>,
): { heatmap: Heatmap; worst: string[] } {
  const size = Math.max(1, Math.ceil(members.length / cells))
  const buckets = Array.from({ length: Math.ceil(members.length / size) }, (_, i) =>
    members.slice(i * size, (i + 1) * size).reduce((a, b) => (badness(b) > badness(a) ? b : a)),
  )
  const text = buckets.map(({ health }) => healths.indexOf(health)).join('')
  return {
    heatmap: { by, agents_per_cell: size, cells: text },
    worst: buckets.map((each) => each.agent),
  }
}

const badness = ({ health }: FakeAgent): number => (health === 'stopped' ? 0.5 : healths.indexOf(health))

function toGroups(members: FakeAgent[], field: string): Group[] {
  const groups = new Map<string, Group>()
  for (const each of members) {
    const key = String(each[field as 'status'] ?? '')
    const group = groups.get(key) ?? {
      key,
      agents: 0,
      by_health: healths.map(() => 0),
      needs: 0,
      rate: 0,
      errors: 0,
    }
    groups.set(key, group)
    group.agents++
    group.by_health[healths.indexOf(each.health)]! += 1
    if (each.needs !== 'none') group.needs++
    group.rate += each.rate
    group.errors += each.errors
  }
  return [...groups.values()].sort((a, b) => b.agents - a.agents)
}
