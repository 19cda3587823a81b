// First in, first out, without moving what waits at each shift.

export type Queue<T> = {
  push(item: T): void
  /** The entry with so many before it. */
  at(place: number): T | undefined
  shift(): T | undefined
  size(): number
}

export function makeQueue<T>(): Queue<T> {
  let items: T[] = []
  let head = 0
  return {
    push: (item) => {
      items.push(item)
    },
    at: (place) => items[head + place],
    shift() {
      const item = items[head]
      if (head >= items.length) return undefined
      head++
      if (head === items.length || head > 4096) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    size: () => items.length - head,
  }
}
