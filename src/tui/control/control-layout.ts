// Which part of the control view gets which rows.

import type { Model } from '../model.ts'
import type { Size } from '../view-spec.ts'

export type ControlLayout = {
  /** First row of the list, behind the heading; of an open command behind its head as well. */
  top: number
  list: number
}

/** Of an open command: what and who, why, how far, and an empty line. */
export const page_head_rows = 4
const edge_rows = 1

export function toControlLayout({ place }: Pick<Model, 'place'>, { rows }: Size): ControlLayout {
  const top = (place.command === null ? 0 : page_head_rows) + 1
  return { top, list: Math.max(1, rows - top - edge_rows) }
}
