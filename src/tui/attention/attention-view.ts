// Attention: who needs a person, the most urgent first, and in the agents' own words why.

import { toAgentRow } from '../../core/view.ts'
import { formatCount } from '../format.ts'
import { type Model, pictureOf, remoteNow } from '../model.ts'
import { fitColumns, type TableRow } from '../table/agent-column.ts'
import { headingLine, tableLines, tableNote } from '../table/table-lines.ts'
import { placedRows, scopeOfAll } from '../table/table-rows.ts'
import { tableQuery } from '../table/table-state.ts'
import type { ViewSpec } from '../view-spec.ts'
import { attentionColumns } from './attention-columns.ts'
import { attentionFrame, scopeOf } from './attention-counts.ts'
import { attentionKeys } from './attention-keys.ts'
import { hasDetail, tableRows } from './attention-layout.ts'
import { detailLines, kindCells, kindsLine } from './attention-lines.ts'
import type { AttentionState } from './attention-state.ts'
import { updateAttention } from './attention-update.ts'

export const attentionView: ViewSpec<'attention'> = {
  name: 'attention',
  title: 'attention',
  help: 'who needs a person, the most urgent first',
  keys: attentionKeys,
  query: (model, { table }, size) => ({
    ...tableQuery(table, fitColumns(attentionColumns, size.columns), tableRows(size), model.now_ms),
    needs: true,
    group: 'needs',
  }),
  lines(model, state, size, paint) {
    const { columns, rows } = size
    const picture = pictureOf(model)
    const frame = attentionFrame(model)
    if (!picture || !frame) return Array<string>(rows).fill('')
    const now_ms = remoteNow(model, picture)
    const scope = scopeOf(frame, state.kind)
    const fitted = fitColumns(attentionColumns, columns)
    const look = { fitted, columns, height: tableRows(size), now_ms, marks: model.marks, paint }
    const nobody = scope.to <= scope.from
    const lines = [
      kindsLine(kindCells(state, frame, columns, paint), columns),
      ...(nobody
        ? ['', `  ${paint.dim(calm(model, state, frame.totals.agents))}`]
        : [headingLine(state.table, look), ...tableLines(state.table, frame, scope, look)]),
    ]
    if (!nobody && hasDetail(size))
      lines.push(...detailLines(selectedRow(model, state), now_ms, columns, paint))
    while (lines.length < rows) lines.push('')
    return lines.slice(0, rows)
  },
  update: updateAttention,
  selected: (_model, { table }) => table.selected,
  note(model, state, size) {
    const frame = attentionFrame(model)
    const marked = model.marks.size === 0 ? '' : `${formatCount(model.marks.size)} marked  `
    return frame
      ? marked + tableNote(state.table, frame, scopeOf(frame, state.kind), tableRows(size))
      : marked
  },
}

function calm({ place }: Model, { kind }: AttentionState, agents: number): string {
  const who = place.where === '' ? 'nobody' : 'nobody who matches the filter'
  if (kind !== null) return `${who} is here for that: ${kind}`
  return `${who} needs you  (${formatCount(agents)} ${agents === 1 ? 'agent' : 'agents'})`
}

function selectedRow(model: Model, { table }: AttentionState): TableRow | null {
  const frame = attentionFrame(model)
  if (!frame || table.selected === null) return null
  const found = placedRows(frame, scopeOfAll(frame)).find(({ row }) => row.agent === table.selected)
  if (found) return found.row
  const pinned = frame.pinned ? (toAgentRow(frame.columns, frame.pinned) as TableRow) : null
  return pinned?.agent === table.selected ? pinned : null
}
