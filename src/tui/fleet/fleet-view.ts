// The fleet: every agent as a cell of a heatmap and a row of a table, or rolled up into groups.

import { formatCount } from '../format.ts'
import { type Model, pictureOf, remoteNow } from '../model.ts'
import type { Paint } from '../paint.ts'
import { fitColumns } from '../table/agent-column.ts'
import { headingLine, tableLines, tableNote } from '../table/table-lines.ts'
import { scopeOfAll } from '../table/table-rows.ts'
import { tableQuery } from '../table/table-state.ts'
import type { Size, ViewSpec } from '../view-spec.ts'
import { fleetColumns } from './fleet-columns.ts'
import { fleetCommands } from './fleet-commands.ts'
import { fleetFrame } from './fleet-frame.ts'
import { fleetKeys } from './fleet-keys.ts'
import { fleetLayout, heatCells } from './fleet-layout.ts'
import type { FleetState } from './fleet-state.ts'
import { updateFleet } from './fleet-update.ts'
import { groupHeading, groupLines } from './group-lines.ts'
import { columnsOf, groupsOf } from './group-rows.ts'
import { healthCounts } from './health-counts.ts'
import { heatmapToDraw } from './heatmap-hold.ts'
import { heatmapLegend } from './heatmap-legend.ts'
import { heatmapLines } from './heatmap-lines.ts'

export const fleetView: ViewSpec<'fleet'> = {
  name: 'fleet',
  title: 'fleet',
  help: 'every agent: a heatmap, and a table or groups',
  keys: fleetKeys,
  commands: fleetCommands,
  query(model, state, size) {
    const { heat, rollup, table } = state
    const { table_rows } = fleetLayout(state, fleetFrame(model, state, size), size)
    const cells = heatCells(heat.size, size)
    // How the matching agents are is told by the groups; of all agents the totals tell it.
    const group = rollup?.field ?? (cells > 0 && model.place.where !== '' ? 'health' : undefined)
    return {
      ...tableQuery(table, fitColumns(fleetColumns, size.columns), table_rows, model.now_ms),
      ...(rollup ? { offset: 0, limit: 0, columns: columnsOf(rollup.field) } : {}),
      ...(cells === 0 ? {} : { heatmap: { by: heat.by, cells } }),
      ...(heat.wish?.sent ? { cell: heat.wish.cell } : {}),
      ...(group === undefined ? {} : { group }),
    }
  },
  lines(model, state, size, paint) {
    const picture = pictureOf(model)
    const frame = fleetFrame(model, state, size)
    if (!picture || !frame) return padded([], size)
    const { heat, heading, table_rows } = fleetLayout(state, frame, size)
    const counts = healthCounts(frame, model.place.where)
    const cursor = state.heat.focused ? state.heat.cursor : null
    const above =
      heat.rows === 0
        ? []
        : [
            heatmapLegend(state.heat, frame, counts, size.columns, paint),
            ...heatmapLines(heatmapToDraw(state.heat, frame), heat, cursor, paint),
          ]
    return padded([...above.slice(0, heading), ...below(model, state, size, table_rows, paint)], size)
  },
  update: updateFleet,
  selected: (_model, { table, rollup }) => (rollup ? null : table.selected),
  note(model, state, size) {
    const frame = fleetFrame(model, state, size)
    const marked = model.marks.size === 0 ? '' : `${formatCount(model.marks.size)} marked  `
    if (!frame) return marked
    if (state.rollup) {
      const shown = groupsOf(frame, state.rollup)?.length
      if (shown === undefined) return marked
      const more = frame.other_groups === 0 ? '' : `, the ${formatCount(shown)} largest`
      return `${marked}${formatCount(shown + frame.other_groups)} groups${more}`
    }
    const { table_rows } = fleetLayout(state, frame, size)
    return marked + tableNote(state.table, frame, scopeOfAll(frame), table_rows)
  },
}

/** Heading and rows of the table or of the roll-up. */
function below(model: Model, state: FleetState, { columns }: Size, height: number, paint: Paint): string[] {
  const picture = pictureOf(model)
  if (!picture) return []
  const { frame } = picture
  if (frame.matched === 0) return ['', `  ${paint.dim(nobody(model, frame.totals.agents))}`]
  if (state.rollup) {
    const size = { width: columns, height }
    return [groupHeading(state.rollup, columns, paint), ...groupLines(frame, state.rollup, size, paint)]
  }
  const fitted = fitColumns(fleetColumns, columns)
  const look = { fitted, columns, height, now_ms: remoteNow(model, picture), marks: model.marks, paint }
  return [headingLine(state.table, look), ...tableLines(state.table, frame, scopeOfAll(frame), look)]
}

const nobody = ({ place }: Model, agents: number): string =>
  place.where === '' || agents === 0
    ? 'no agents yet: beacon emit --agent me --status running'
    : `none of ${formatCount(agents)} agents matches the filter`

function padded(lines: string[], { rows }: Size): string[] {
  const all = lines.slice(0, rows)
  while (all.length < rows) all.push('')
  return all
}
