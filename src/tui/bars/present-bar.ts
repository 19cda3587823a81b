// The bar that is filling up at the moment on the screen, as far as that is known.

import type { OpenBar } from '../../core/bar-report.ts'
import { barOfMoment, beatOf } from '../beat-strip.ts'
import { type Model, pictureOf } from '../model.ts'

/** By the present beat; without one, and in the past, by what was not reported yet. A bar without a claim has only zeros. */
export function presentBar(model: Model): OpenBar | null {
  const bars = pictureOf(model)?.frame.bars ?? null
  const beat = beatOf(model)
  if (!beat) return barOfMoment(bars)
  const { window_id, from_beat, to_beat } = beat
  const open = bars?.find((bar) => bar.window_id === window_id)
  if (open) return open
  const before = bars?.find((bar) => bar.to_beat === from_beat - 1)
  return {
    window_id,
    from_beat,
    to_beat,
    agents_reporting: 0,
    agents_expected: before?.agents_reporting ?? 0,
    on_time_reviews: 0,
    help_promises_fulfilled: 0,
    claims: 0,
    late_claims: 0,
    states: [],
    revision: null,
  }
}
