// Seeded randomness: the same seed gives the same run, event by event.

/** Draws from one seeded stream. */
export type Random = {
  /** 32 random bits. */
  u32(): number
  /** A whole number from 0 up to, not including, `n`. */
  below(n: number): number
}

/** sfc32 (Chris Doty-Humphrey's PractRand). `stream` gives independent draws from one seed. */
export function makeRandom(seed: number, stream = 0): Random {
  let a = seed | 0
  let b = Math.floor(seed / 0x1_0000_0000) | 0
  let c = stream | 0
  let counter = 1
  const u32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  // The first draws of similar seeds are similar.
  for (let i = 0; i < 12; i++) u32()
  return { u32, below: (n) => Math.floor((u32() / 0x1_0000_0000) * n) }
}

/** The numbers 0 … n − 1 in random order (Fisher and Yates). */
export function shuffled(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
  return order
}
