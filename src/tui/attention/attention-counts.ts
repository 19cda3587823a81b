// Who needs a person, by what for: how many, and which part of the order they are. The order has the most urgent first, so
// that each kind is one stretch of it.

import type { FleetFrame } from '../../core/view.ts'
import { type Model, pictureOf } from '../model.ts'
import { type Scope, scopeOfAll } from '../table/table-rows.ts'
import { type Trouble, troubles } from './attention-state.ts'

/** The frame at hand, once it answers what this view asks: at first it is that of the view before, of all agents. */
export function attentionFrame(model: Model): FleetFrame | undefined {
  const frame = pictureOf(model)?.frame
  return frame?.groups && frame.columns.includes('missing') ? frame : undefined
}

export type TroubleCounts = Record<Trouble, number>

/** Of the agents that match. */
export function troubleCounts({ groups }: FleetFrame): TroubleCounts {
  const of = (trouble: Trouble): number => groups?.find(({ key }) => key === trouble)?.agents ?? 0
  return Object.fromEntries(troubles.map((trouble) => [trouble, of(trouble)])) as TroubleCounts
}

export function scopeOf(frame: FleetFrame, kind: Trouble | null): Scope {
  if (kind === null) return scopeOfAll(frame)
  const counts = troubleCounts(frame)
  const before = troubles.slice(0, troubles.indexOf(kind))
  const from = before.reduce((sum, trouble) => sum + counts[trouble], 0)
  // Order and counts may be of different moments: what is shown is what it says it is.
  return { from, to: from + counts[kind], accepts: ({ needs }) => needs === kind || needs === 'none' }
}
