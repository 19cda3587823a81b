// Strings that many agents share (statuses, tasks) as small numbers, each with the count of its holders.
// A text that nobody holds any more frees its number, so that free text from producers cannot fill the memory.

export type Interned = {
  numbers: Map<string, number>
  texts: string[]
  /** Holders of each number. Number 0 is the empty text, held by who has none. */
  counts: number[]
  free: number[]
}

export const makeInterned = (): Interned => ({
  numbers: new Map([['', 0]]),
  texts: [''],
  counts: [0],
  free: [],
})

/** A holder of `from` becomes one of `text`: the new number. */
export function moveHolder(interned: Interned, from: number, text: string): number {
  if (interned.texts[from] === text) return from
  const to = addHolder(interned, text)
  removeHolder(interned, from)
  return to
}

export function addHolder(interned: Interned, text: string): number {
  let number = interned.numbers.get(text)
  if (number === undefined) {
    number = interned.free.pop() ?? interned.texts.length
    interned.numbers.set(text, number)
    interned.texts[number] = text
    interned.counts[number] = 0
  }
  interned.counts[number] = (interned.counts[number] as number) + 1
  return number
}

function removeHolder(interned: Interned, number: number): void {
  const left = (interned.counts[number] as number) - 1
  interned.counts[number] = left
  if (left > 0 || number === 0) return
  interned.numbers.delete(interned.texts[number] as string)
  interned.texts[number] = ''
  interned.free.push(number)
}

/** The texts that are held, most held first, equal ones by text. */
export function toCounts(interned: Interned): [text: string, count: number][] {
  const pairs: [string, number][] = []
  for (const [text, number] of interned.numbers) {
    const count = interned.counts[number] as number
    if (count > 0) pairs.push([text, count])
  }
  return pairs.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
