// What the attention view remembers.

import { type Need, needs } from '../../core/health.ts'
import type { Clicked } from '../table/table-mouse.ts'
import { type TableState, tableInit } from '../table/table-state.ts'

export type Trouble = Exclude<Need, 'none'>

export const troubles = needs.filter((need): need is Trouble => need !== 'none')

export type AttentionState = {
  table: TableState
  clicked: Clicked
  /** Only those; null for all. */
  kind: Trouble | null
  /** The filter of the frame before: another one begins at the top. */
  where: string
}

export const attentionInit: AttentionState = {
  table: tableInit('needs'),
  clicked: null,
  kind: null,
  where: '',
}
