// Hybrid logical clock (Kulkarni et al., 2014): 48 bits of wall milliseconds, a 16-bit counter, and the node's name.
// The text form `mmmmmmmmmmmm-cccc-nnnnnnn` sorts as the clock does: 12 + 4 + 7 hex digits, 25 characters.

export type Hlc = { wall_ms: number; counter: number }

const counterMax = 0xffff

/** The next reading: never before `last`, even when the wall clock went back; a full counter borrows a millisecond. */
export function tick(last: Hlc, now_ms: number): Hlc {
  if (now_ms > last.wall_ms) return { wall_ms: now_ms, counter: 0 }
  if (last.counter < counterMax) return { wall_ms: last.wall_ms, counter: last.counter + 1 }
  return { wall_ms: last.wall_ms + 1, counter: 0 }
}

/** `node` is 28 bits. */
export function toHlcText(hlc: Hlc, node: number): string {
  return `${hex(hlc.wall_ms, 12)}-${hex(hlc.counter, 4)}-${hex(node, 7)}`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
