// Simulated time: one queue of what happens, one source of chance. A seed gives the same run again.

export type World = {
  now_ms(): number
  after(delay_ms: number, run: () => void): void
  /** Runs everything up to this time. */
  runUntil(end_ms: number): void
  /** 0 to 1. */
  chance(): number
  between(min: number, max: number): number
  pick<T>(items: readonly T[]): T
}

type Item = { at_ms: number; order: number; run: () => void }

export function makeWorld(seed: number): World {
  const heap: Item[] = []
  let now_ms = 0
  let order = 0
  let state = (seed ^ 0x9e3779b9) >>> 0
  const chance = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    now_ms: () => now_ms,
    after: (delay_ms, run) => push(heap, { at_ms: now_ms + Math.max(0, delay_ms), order: order++, run }),
    runUntil(end_ms) {
      for (let next = heap[0]; next && next.at_ms <= end_ms; next = heap[0]) {
        pop(heap)
        now_ms = next.at_ms
        next.run()
      }
      now_ms = end_ms
    },
    chance,
    between: (min, max) => min + chance() * (max - min),
    pick: (items) => items[Math.floor(chance() * items.length)] as (typeof items)[number],
  }
}

const isBefore = (a: Item, b: Item): boolean =>
  a.at_ms < b.at_ms || (a.at_ms === b.at_ms && a.order < b.order)

function push(heap: Item[], item: Item): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (isBefore(heap[parent]!, item)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = item
}

function pop(heap: Item[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
    if (isBefore(last, heap[child]!)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
