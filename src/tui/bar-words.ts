// Bars and their drift as the screen writes them.

import type { BarBounds } from '../core/beat.ts'

/** Bars count from 0, as beats do. */
export const barNumber = ({ from_beat, to_beat }: BarBounds): number =>
  Math.floor(from_beat / (to_beat - from_beat + 1))

/** `+0.12 ms`: positive is behind. */
export const formatDrift = (drift_ms: number): string =>
  `${drift_ms < 0 ? '−' : '+'}${Math.abs(drift_ms).toFixed(2)} ms`
