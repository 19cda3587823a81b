// The heatmap stands still for a second at a time: of thousands of cells some change with every frame, and a picture that
// flickers is not read. It also is most of the bytes of a screen.

import type { FleetFrame, Heatmap } from '../../core/view.ts'
import type { Model } from '../model.ts'
import type { HeatState } from './fleet-state.ts'

const hold_ms = 1_000

/** With each frame; a moment of the past is shown at once. */
export function holdHeatmap(heat: HeatState, { heatmap }: FleetFrame, model: Model): HeatState {
  if (heatmap === heat.shown) return heat
  const holds = model.travel === null && model.now_ms - heat.shown_ms < hold_ms
  return holds && isLike(heat.shown, heatmap) ? heat : { ...heat, shown: heatmap, shown_ms: model.now_ms }
}

/** The held one, unless the frame has another kind of it. */
export const heatmapToDraw = ({ shown }: HeatState, { heatmap }: FleetFrame): Heatmap | null =>
  isLike(shown, heatmap) ? shown : heatmap

const isLike = (a: Heatmap | null, b: Heatmap | null): boolean =>
  a?.by === b?.by && a?.agents_per_cell === b?.agents_per_cell && a?.cells.length === b?.cells.length
