// Hybrid logical clock (Kulkarni et al., 2014): 48 bits of wall milliseconds, a 16-bit counter, and the node's name.
// The text form `mmmmmmmmmmmm-cccc-nnnnnnn` sorts as the clock does: 12 + 4 + 7 hex digits, 25 characters.

import { err, ok, type Result } from './result.ts'

export type Hlc = { wall_ms: number; counter: number }

const counterMax = 0xffff
/** A remote clock that is further ahead is not followed: one wrong clock would pull everybody's with it. */
export const hlcAheadMax_ms = 60_000

/** The next reading: never before `last`, even when the wall clock went back; a full counter borrows a millisecond. */
export function tick(last: Hlc, now_ms: number): Hlc {
  return now_ms > last.wall_ms ? { wall_ms: now_ms, counter: 0 } : after(last)
}

/**
 * The reading at the receipt of `remote`: after it and after `last`. The error is how far `remote` is ahead of the wall
 * clock, in milliseconds, when that is more than `hlcAheadMax_ms`; then the caller goes on with `tick`.
 */
export function merge(last: Hlc, remote: Hlc, now_ms: number): Result<Hlc, number> {
  const ahead_ms = remote.wall_ms - now_ms
  if (ahead_ms > hlcAheadMax_ms) return err(ahead_ms)
  return ok(tick(isBefore(last, remote) ? remote : last, now_ms))
}

const isBefore = (a: Hlc, b: Hlc): boolean =>
  a.wall_ms < b.wall_ms || (a.wall_ms === b.wall_ms && a.counter < b.counter)

const after = ({ wall_ms, counter }: Hlc): Hlc =>
  counter < counterMax ? { wall_ms, counter: counter + 1 } : { wall_ms: wall_ms + 1, counter: 0 }

/** `node` is 28 bits. */
export function toHlcText(hlc: Hlc, node: number): string {
  return `${hex(hlc.wall_ms, 12)}-${hex(hlc.counter, 4)}-${hex(node, 7)}`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
