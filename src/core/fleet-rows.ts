// Agents as rows: the cells of the columns that a view asks for.

import { summarizeMetadata } from './event-summary.ts'
import { activityOf } from './fleet-health.ts'
import { metaColumnOf, type Picture, ratesOf, share } from './fleet-picture.ts'
import { activities, healths, needs } from './health.ts'
import type { Cells, FleetColumn, FleetQuery } from './view.ts'

/** The row of each of these agents. Views that ask for the same columns share the rows. */
export function rowsOf(picture: Picture, columns: FleetQuery['columns'], agents: readonly number[]): Cells[] {
  const rows = share(picture, `rows ${JSON.stringify(columns)}`, () => new Map<number, Cells>())
  const cells = columns.map((column) => cellOf(picture, column))
  return agents.map((agent) => {
    let row = rows.get(agent)
    if (row === undefined) {
      row = cells.map((cell) => cell(agent))
      rows.set(agent, row)
    }
    return row
  })
}

type Cell = (agent: number) => string | number

function cellOf(picture: Picture, column: FleetColumn): Cell {
  const { fleet, verdicts } = picture
  const { columns, ids, statuses, tasks } = fleet
  switch (column) {
    case 'agent':
      return (agent) => ids[agent] as string
    case 'health':
      return (agent) => healths[verdicts.health[agent] as number] as string
    case 'needs':
      return (agent) => needs[verdicts.need[agent] as number] as string
    case 'activity':
      return (agent) => activities[activityOf(fleet, agent)] as string
    case 'status':
      return (agent) => statuses.texts[columns.status[agent] as number] as string
    case 'task':
      return (agent) => tasks.texts[columns.task[agent] as number] as string
    case 'rate': {
      const rates = ratesOf(picture)
      return (agent) => Math.round((rates[agent] as number) * 100) / 100
    }
    case 'errors':
    case 'events':
    case 'gaps':
    case 'missing':
    case 'status_since_ms':
    case 'last_seen_ms':
    case 'last_seq':
      return (agent) => columns[column][agent] as number
    case 'text':
      return (agent) => summarizeMetadata(fleet.metadata[agent] as string)
    default: {
      const { numbers, values } = metaColumnOf(picture, column.slice('meta.'.length))
      return (agent) => values.texts[numbers[agent] as number] as string
    }
  }
}
