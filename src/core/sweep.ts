// Keeps something known of every agent up to date: those that were heard since the last time are visited, and the others
// in slices, since a million visits take longer than a frame may.

import type { Fleet } from './fleet.ts'

export type Sweep = {
  /** Time alone changes what is known, so the others are visited again and again. */
  timed: boolean
  /** The last sequence taken into account; undefined before the first visit. */
  seq: number | undefined
  /** Where the next slice begins. */
  next: number
  /** Every agent was visited. */
  complete: boolean
}

export const makeSweep = (timed: boolean): Sweep => ({ timed, seq: undefined, next: 0, complete: false })

/** `slice` of the agents that were not heard; all of them when that is no less than the fleet. */
export function sweepAgents(sweep: Sweep, fleet: Fleet, slice: number, visit: (agent: number) => void): void {
  const agents = fleet.ids.length
  const { seq = fleet.seq } = sweep
  sweep.seq = fleet.seq
  const others = sweep.timed || !sweep.complete
  if (others && slice >= agents) {
    for (let agent = 0; agent < agents; agent++) visit(agent)
    sweep.complete = true
    return
  }
  const { last_seq } = fleet.columns
  if (fleet.seq > seq)
    for (let agent = 0; agent < agents; agent++) if ((last_seq[agent] as number) > seq) visit(agent)
  if (!others) return
  for (let count = 0; count < slice; count++) {
    if (sweep.next >= agents) {
      sweep.next = 0
      sweep.complete = true
    }
    visit(sweep.next++)
  }
}

/** An array as long as the fleet's columns, with what `array` holds. */
export function growTo<T extends Uint8Array | Uint32Array>(array: T, { columns }: Fleet): T {
  const { length } = columns.status
  if (array.length === length) return array
  const grown = new (array.constructor as new (length: number) => T)(length)
  grown.set(array)
  return grown
}
