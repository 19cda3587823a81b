// Attention: who needs a person, the most urgent first.

import { tableLines } from '../table/table-lines.ts'
import { tableQuery } from '../table/table-state.ts'
import type { ViewSpec } from '../view-spec.ts'

export const attentionView: ViewSpec<'attention'> = {
  name: 'attention',
  title: 'attention',
  help: 'who needs a person, the most urgent first',
  keys: [],
  query: (_model, { table }, { rows }) => ({ ...tableQuery(table, rows - 1), needs: true, newest: 0 }),
  lines: (model, { table }, { rows }, paint) => tableLines(model, table, rows - 1, paint),
  selected: (_model, { table }) => table.selected,
  update: (_model, state) => [state, []],
}
