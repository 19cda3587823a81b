// The mouse in the fleet view: label and cells of the heatmap, then the table or the groups.

import type { FleetFrame } from '../../core/view.ts'
import type { Model, Mouse } from '../model.ts'
import { fitColumns } from '../table/agent-column.ts'
import { clickHeading, mouseInTable } from '../table/table-mouse.ts'
import { scopeOfAll } from '../table/table-rows.ts'
import type { Size, ViewStep } from '../view-spec.ts'
import { fleetColumns } from './fleet-columns.ts'
import type { FleetLayout } from './fleet-layout.ts'
import type { FleetState } from './fleet-state.ts'
import { clickGroups } from './group-update.ts'
import { label_cells } from './heatmap-legend.ts'
import { moveCursor, nextKind } from './heatmap-move.ts'

export function mouseInFleet(
  model: Model,
  state: FleetState,
  mouse: Mouse,
  frame: FleetFrame,
  { heat, heading, table_rows }: FleetLayout,
  { columns }: Size,
): ViewStep<FleetState> {
  const clicks = mouse.kind === 'click'
  if (clicks && mouse.row < heading) return [clickHeatmap(state, mouse, frame, heat.width), []]
  const away = clicks ? { ...state, heat: { ...state.heat, focused: false } } : state
  const below = { ...mouse, row: mouse.row - heading - 1 }
  const { rollup, table, clicked } = away
  if (rollup) return clickGroups(model, { ...away, rollup }, below, frame, { columns, rows: table_rows })
  if (clicks && below.row < 0)
    return [{ ...away, table: clickHeading(table, mouse.column, fitColumns(fleetColumns, columns)) }, []]
  const place = { scope: scopeOfAll(frame), height: table_rows, now_ms: model.now_ms }
  const { opens, ...next } = mouseInTable({ table, clicked }, below, frame, place)
  return [
    { ...away, ...next },
    opens === null ? [] : [{ type: 'open', place: { view: 'agent', agent: opens } }],
  ]
}

/** The first line is the legend, with the label at its left. */
function clickHeatmap(
  state: FleetState,
  { row, column }: Mouse,
  frame: FleetFrame,
  width: number,
): FleetState {
  const { heat } = state
  if (row === 0) return column < label_cells ? { ...state, heat: nextKind(heat) } : state
  if (column < 1 || column > width) return state
  return { ...state, heat: moveCursor(heat, (row - 1) * width + column - 1, frame) }
}
