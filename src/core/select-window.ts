// A window of a large set in some order, without sorting the set: two selections cut the window out, and only it is sorted.

/** True when `a` stands before `b`. A total order: no two are equal. */
export type Before = (a: number, b: number) => boolean

export type Window = {
  /** The members at positions `offset` … `offset + limit`, in order. */
  members: number[]
  /** Members of the whole set. */
  matched: number
}

/** The window of these members. About one comparison per member near the ends of the order, a few in its middle. */
export function selectWindow(members: Uint32Array, before: Before, offset: number, limit: number): Window {
  const matched = members.length
  const from = Math.min(offset, matched)
  const to = Math.min(offset + limit, matched)
  if (from === to) return { members: [], matched }
  const set = members.slice()
  if (to < matched) select(set, before, 0, matched - 1, to - 1)
  if (from > 0) select(set, before, 0, to - 1, from)
  const window = Array.from(set.subarray(from, to)).sort((a, b) => (before(a, b) ? -1 : 1))
  return { members: window, matched }
}

/** Large enough that a sample of it is worth its comparisons. */
const sampled_min = 600

/**
 * Moves members so that the one at `wanted` is right, with those before it on its left and the others on its right.
 * After Floyd and Rivest, "Algorithm 489: the algorithm SELECT", 1975.
 */
function select(set: Uint32Array, before: Before, first: number, last: number, wanted: number): void {
  let left = first
  let right = last
  while (right > left) {
    if (right - left > sampled_min) {
      const size = right - left + 1
      const place = wanted - left + 1
      const log = Math.log(size)
      const sample = 0.5 * Math.exp((2 * log) / 3)
      const side = place - size / 2 < 0 ? -1 : 1
      const spread = 0.5 * Math.sqrt((log * sample * (size - sample)) / size) * side
      const from = Math.max(left, Math.floor(wanted - (place * sample) / size + spread))
      const to = Math.min(right, Math.floor(wanted + ((size - place) * sample) / size + spread))
      select(set, before, from, to, wanted)
    }
    const pivot = set[wanted] as number
    let i = left
    let j = right
    swap(set, left, wanted)
    const greaterAtEnd = before(pivot, set[right] as number)
    if (greaterAtEnd) swap(set, left, right)
    while (i < j) {
      swap(set, i, j)
      i++
      j--
      while (before(set[i] as number, pivot)) i++
      while (before(pivot, set[j] as number)) j--
    }
    // The pivot waits at one of the ends for its place, which is now known.
    if (greaterAtEnd) swap(set, left, j)
    else swap(set, ++j, right)
    if (j <= wanted) left = j + 1
    if (wanted <= j) right = j - 1
  }
}

function swap(set: Uint32Array, a: number, b: number): void {
  const member = set[a] as number
  set[a] = set[b] as number
  set[b] = member
}
