// The hybrid clock of one agent, on the wire: never back, and never behind a frame that was heard.

import { type Hlc, tick } from '../core/hlc.ts'
import { mergeWire, toHlcWire } from '../core/hlc-wire.ts'
import { hashAgent } from '../core/subjects.ts'

export type SwarmClock = {
  /** The next reading, in wire form. */
  next(): string
  /** Takes note of another's reading; what is none, or far ahead, is passed over. */
  hear(hlc: string): void
}

export function makeSwarmClock(agent_id: string, wall_ms: () => number = Date.now): SwarmClock {
  const node = hashAgent(agent_id)
  let last: Hlc = { wall_ms: 0, counter: 0 }
  return {
    next() {
      last = tick(last, wall_ms())
      return toHlcWire(last, node)
    },
    hear(hlc) {
      last = mergeWire(last, hlc, wall_ms()) ?? last
    },
  }
}
