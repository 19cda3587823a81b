// The frame at hand, once it answers what this view asks: at first it is that of the view before, of other agents.

import type { FleetFrame } from '../../core/view.ts'
import { type Model, pictureOf } from '../model.ts'
import type { Size } from '../view-spec.ts'
import { heatCells } from './fleet-layout.ts'
import type { FleetState } from './fleet-state.ts'

export function fleetFrame(model: Model, { heat, rollup }: FleetState, size: Size): FleetFrame | undefined {
  const frame = pictureOf(model)?.frame
  if (!frame) return undefined
  if (heatCells(heat.size, size) > 0) return frame.heatmap ? frame : undefined
  return rollup || frame.columns.includes('rate') ? frame : undefined
}
