// A window of a large set in some order, without sorting the set: a heap holds the best candidates so far.

/** True when `a` stands before `b`. A total order: no two are equal. */
export type Before = (a: number, b: number) => boolean

export type Window = {
  /** The members at positions `offset` … `offset + limit`, in order. */
  members: number[]
  /** Members of the whole set. */
  matched: number
}

/** The window of the numbers 0 … `count`, or of those that `matches` accepts. */
export function selectWindow(
  count: number,
  before: Before,
  offset: number,
  limit: number,
  matches?: (member: number) => boolean,
): Window {
  const size = offset + limit
  // The root is the last of those kept: the one that the next better candidate replaces.
  const heap: number[] = []
  let matched = 0
  for (let member = 0; member < count; member++) {
    if (matches !== undefined && !matches(member)) continue
    matched++
    if (heap.length < size) {
      heap.push(member)
      siftUp(heap, before)
    } else if (size > 0 && before(member, heap[0] as number)) {
      heap[0] = member
      siftDown(heap, before)
    }
  }
  const members = heap.sort((a, b) => (before(a, b) ? -1 : 1)).slice(offset)
  return { members, matched }
}

function siftUp(heap: number[], before: Before): void {
  let at = heap.length - 1
  const member = heap[at] as number
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(heap[parent] as number, member)) break
    heap[at] = heap[parent] as number
    at = parent
  }
  heap[at] = member
}

function siftDown(heap: number[], before: Before): void {
  const member = heap[0] as number
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child] as number, heap[child + 1] as number)) child++
    if (!before(member, heap[child] as number)) break
    heap[at] = heap[child] as number
    at = child
  }
  heap[at] = member
}
