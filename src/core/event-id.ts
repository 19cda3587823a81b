// UUIDv7 (RFC 9562). The random part is drawn once per process and a counter runs within the millisecond
// (section 6.2, method 1), so that the ids of one gateway are unique, sort by time, and compress well.

export type IdSource = () => string

/** `random` yields 62 random bits as two numbers below 2^31; `now_ms` is the wall clock. */
export function makeIdSource(now_ms: () => number, random: () => [number, number]): IdSource {
  const [high, low] = random()
  // 62 bits as 16 hex digits with the variant `10` in front.
  const bits = (2n << 62n) | (BigInt(high) << 31n) | BigInt(low)
  const text = bits.toString(16)
  const tail = `-${text.slice(0, 4)}-${text.slice(4)}`
  let last = 0
  let counter = 0
  return () => {
    const now = now_ms()
    if (now > last) {
      last = now
      counter = 0
    } else if (counter < 0xfff) {
      counter++
    } else {
      last++
      counter = 0
    }
    const time = last.toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${tail}`
  }
}
