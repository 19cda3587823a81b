// The fleet: every agent, as a table.

import { pictureOf } from '../model.ts'
import { tableLines, tableNote } from '../table/table-lines.ts'
import { moveSelection, scrollTable, tableQuery } from '../table/table-state.ts'
import type { ViewSpec } from '../view-spec.ts'

export const fleetView: ViewSpec<'fleet'> = {
  name: 'fleet',
  title: 'fleet',
  help: 'every agent: a heatmap and a table',
  keys: [],
  query: (_model, { table }, { rows }) => ({ ...tableQuery(table, rows - 1), newest: 0 }),
  lines: (model, { table }, { rows }, paint) => tableLines(model, table, rows - 1, paint),
  note: (model, { table }, { rows }) => tableNote(model, table, rows - 1),
  selected: (_model, { table }) => table.selected,
  update(model, state, message, size) {
    const picture = pictureOf(model)
    if (message.type !== 'action' || !picture) return [state, []]
    const rows = size.rows - 1
    const { table } = state
    switch (message.action) {
      case 'down':
        return [{ ...state, table: moveSelection(table, picture, 1, rows) }, []]
      case 'up':
        return [{ ...state, table: moveSelection(table, picture, -1, rows) }, []]
      case 'page_down':
        return [{ ...state, table: scrollTable(table, picture, table.offset + rows, rows) }, []]
      case 'page_up':
        return [{ ...state, table: scrollTable(table, picture, table.offset - rows, rows) }, []]
      case 'first':
        return [{ ...state, table: scrollTable(table, picture, 0, rows) }, []]
      case 'last':
        return [{ ...state, table: scrollTable(table, picture, Number.MAX_SAFE_INTEGER, rows) }, []]
      case 'open':
        return [
          state,
          table.selected === null ? [] : [{ type: 'open', place: { view: 'agent', agent: table.selected } }],
        ]
      default:
        return [state, []]
    }
  },
}
