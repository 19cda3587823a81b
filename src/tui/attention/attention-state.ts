// What the attention view remembers.

import { type TableState, tableInit } from '../table/table-state.ts'

export type AttentionState = { table: TableState }

export const attentionInit: AttentionState = { table: tableInit('needs') }
