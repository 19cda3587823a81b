// Which checkpoints may go: dense where one looks most, sparse far back, and never more than a budget of bytes.

import { comparePositions, type Position } from '../archive/keys.ts'
import type { Checkpoint } from './checkpoint-store.ts'

const minute_ms = 60_000
const hour_ms = 60 * minute_ms
const day_ms = 24 * hour_ms

export type ThinOptions = {
  now_ms: number
  bytes_max: number
  /** Where the archive begins; from before it nothing can be folded on. */
  oldest?: Position | undefined
}

/** Those to remove, of `checkpoints` in their order. Never the newest. */
export function thinCheckpoints(checkpoints: Checkpoint[], options: ThinOptions): Checkpoint[] {
  const kept = keepSparse(checkpoints, options)
  let bytes = kept.reduce((sum, each) => sum + each.bytes, 0)
  while (bytes > options.bytes_max && kept.length > 1) {
    const [least] = kept.splice(leastMissed(kept, options.now_ms), 1)
    bytes -= least?.bytes ?? 0
  }
  const keeps = new Set(kept)
  return checkpoints.filter((each) => !keeps.has(each))
}

/** All of the last hour, one per ten minutes of the last day, one per hour before. */
function keepSparse(checkpoints: Checkpoint[], { now_ms, oldest }: ThinOptions): Checkpoint[] {
  const newest = checkpoints.at(-1)
  const slots = new Set<string>()
  return checkpoints.filter((each) => {
    if (each === newest) return true
    if (oldest && comparePositions(each, oldest) < 0) return false
    const age_ms = now_ms - each.at_ms
    if (age_ms <= hour_ms) return true
    const step_ms = age_ms <= day_ms ? 10 * minute_ms : hour_ms
    const slot = `${step_ms} ${Math.floor(each.at_ms / step_ms)}`
    return slots.has(slot) ? false : slots.add(slot)
  })
}

/** The one whose absence lengthens a replay least, measured by how long ago it is; never the newest, and the oldest only before it. */
function leastMissed(kept: Checkpoint[], now_ms: number): number {
  let least = 0
  let leastGap = Number.POSITIVE_INFINITY
  for (let i = 1; i < kept.length - 1; i++) {
    const [before, each, next] = kept.slice(i - 1, i + 2) as [Checkpoint, Checkpoint, Checkpoint]
    const gap = (next.at_ms - before.at_ms) / Math.max(1, now_ms - each.at_ms)
    if (gap < leastGap) {
      leastGap = gap
      least = i
    }
  }
  return least
}
