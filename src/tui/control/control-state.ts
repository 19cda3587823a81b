// What the control view remembers: the commands, and of the one that is open a window on its orders.

import type { CommandDocument, CommandsDocument } from '../../core/order.ts'

export type ControlState = {
  document: CommandsDocument | null
  /** Command under the cursor; null is the newest one, whichever that is. */
  selected: string | null
  /** First row that is shown. */
  top: number
  page: CommandPage
  /** Id of the question that is on its way. */
  asked: string | null
  /** Something changed since it was asked. */
  stale: boolean
  /** Why nothing newer is known, in words. Not escaped. */
  error: string | null
}

/** The orders of a command, those that are open first. */
export type CommandPage = {
  /** Null when none is open. */
  command_id: string | null
  document: CommandDocument | null
  /** Place of the document's first order among all. */
  offset: number
  /** Place of the order under the cursor, and of the first one that is shown. */
  cursor: number
  top: number
}

export const pageInit = (command_id: string | null): CommandPage => ({
  command_id,
  document: null,
  offset: 0,
  cursor: 0,
  top: 0,
})

export const controlInit: ControlState = {
  document: null,
  selected: null,
  top: 0,
  page: pageInit(null),
  asked: null,
  stale: false,
  error: null,
}
