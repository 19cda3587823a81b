// A duration as one says it: its two largest units, `1m 42s`, or seconds with a tenth below ten.

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** `0.4s`, `8.5s`, `34s`, `1m 42s`, `2h`, `3d 4h`; a negative one is `0s`. */
export function spellDuration(duration_ms: number): string {
  const seconds = Math.max(0, duration_ms) / 1_000
  const tenths = Math.floor(seconds * 10) / 10
  if (tenths < 10) return `${tenths}s`
  let left = Math.floor(seconds)
  const parts: string[] = []
  for (const [unit, length] of units) {
    const count = Math.floor(left / length)
    left -= count * length
    if (count > 0) parts.push(`${count}${unit}`)
    // What stands below the first unit is told by the next one only: `2h 5s` is not said.
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ')
}
