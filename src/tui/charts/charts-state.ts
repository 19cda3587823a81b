// What the charts remember: the seconds so far, and how they are looked at.

import type { Series } from '../../core/view.ts'

export const windows_s: readonly number[] = [60, 300, 600]

export type ChartsState = {
  /** Added up over the frames. */
  series: Series | null
  /** Seconds shown. */
  window_s: number
  /** Name of the one chart that has the whole view; null for all of them. */
  zoomed: string | null
}

export const chartsInit: ChartsState = { series: null, window_s: 300, zoomed: null }
