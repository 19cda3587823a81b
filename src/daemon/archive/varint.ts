// LEB128 for whole numbers up to 2^53 - 1, since the bit operators of JavaScript end at 32 bits.

/** Writes `value` at `at` and returns where it ended. At most 8 bytes. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value
  let to = at
  // Bit operators are several times as fast, where they can be had.
  while (rest > 0x7fffffff) {
    bytes[to++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  while (rest >= 0x80) {
    bytes[to++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[to++] = rest
  return to
}

/** Reads one number and moves `cursor`; undefined when the bytes end or hold no such number. */
export function readVarint(bytes: Buffer, cursor: { at: number }): number | undefined {
  let value = 0
  let scale = 1
  for (let i = 0; i < 8; i++) {
    const byte = bytes[cursor.at]
    if (byte === undefined) return undefined
    cursor.at++
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined
    scale *= 0x80
  }
  return undefined
}
