// The hybrid clock on the wire: `hhhh:hhhh:hhhh`, the low 16 bits of wall milliseconds, counter and node. A projection of
// 65 seconds that repeats: it is never sorted on.

import { type Hlc, merge } from './hlc.ts'

/** `node` loses all but its low 16 bits. */
export const toHlcWire = ({ wall_ms, counter }: Hlc, node: number): string =>
  `${hex(wall_ms)}:${hex(counter)}:${hex(node)}`

// Times have more bits than JavaScript's bitwise operators keep.
const hex = (value: number): string => (value % 0x10000).toString(16).padStart(4, '0')

const form = /^([0-9a-f]{4}):([0-9a-f]{4}):([0-9a-f]{4})$/i

/** The three numbers; undefined when `text` is not of the wire form. */
export function parseHlcWire(text: string): { wall_low: number; counter: number; node: number } | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [wall_low, counter, node] = match.slice(1).map((digits) => Number.parseInt(digits, 16))
  return { wall_low, counter, node } as { wall_low: number; counter: number; node: number }
}

/** The time nearest to `near_ms` that ends in these 16 bits: right while the clocks differ by less than 32 seconds. */
export function recoverWallMs(wall_low: number, near_ms: number): number {
  const steps = Math.round((near_ms - wall_low) / 0x10000)
  return Math.max(0, steps) * 0x10000 + wall_low
}

/** `last` merged with a reading of another; undefined for what is none, or is too far ahead. */
export function mergeWire(last: Hlc, text: string, now_ms: number): Hlc | undefined {
  const remote = parseHlcWire(text)
  if (!remote) return undefined
  const wall_ms = recoverWallMs(remote.wall_low, now_ms)
  const merged = merge(last, { wall_ms, counter: remote.counter }, now_ms)
  return merged.ok ? merged.value : undefined
}
