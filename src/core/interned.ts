// Strings that many agents share (statuses, tasks) as small numbers, each with the count of its holders.
// A text that nobody holds any more frees its number, so that free text from producers cannot fill the memory.

export type Interned = {
  numbers: Map<string, number>
  texts: string[]
  /** Holders of each number. Number 0 is the empty text, held by who has none. */
  counts: number[]
  /** What `markOf` says of each text: found out once, when the text gets its number. */
  marks: number[]
  free: number[]
  markOf(text: string): number
}

export const makeInterned = (markOf: (text: string) => number = () => 0): Interned => ({
  numbers: new Map([['', 0]]),
  texts: [''],
  counts: [0],
  marks: [markOf('')],
  free: [],
  markOf,
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
    interned.marks[number] = interned.markOf(text)
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

/** Into one that is new: the same texts under the same numbers; `holders` has the number that each holder holds. Throws when they do not fit. */
export function restoreTexts(
  interned: Interned,
  { texts, free }: Pick<Interned, 'texts' | 'free'>,
  holders: Uint32Array,
): void {
  const counts = new Array<number>(texts.length).fill(0)
  for (const number of holders) {
    if (number >= texts.length) throw new Error('a text is missing')
    counts[number] = (counts[number] as number) + 1
  }
  const isFree = new Set(free)
  if (texts[0] !== '' || isFree.has(0)) throw new Error('the empty text is missing')
  if (free.some((number) => counts[number] !== 0) || isFree.size !== free.length)
    throw new Error('a free number is held')
  interned.texts = texts
  interned.free = free
  interned.counts = counts
  interned.marks = texts.map((text) => interned.markOf(text))
  interned.numbers = new Map()
  for (const [number, text] of texts.entries()) if (!isFree.has(number)) interned.numbers.set(text, number)
  if (interned.numbers.size !== texts.length - free.length) throw new Error('a text is there twice')
}

/** The texts that are held most, equal ones by text: at most `max` of them, since free text may come in any number. */
export function mostHeld(interned: Interned, max: number): [text: string, count: number][] {
  const pairs: [string, number][] = []
  for (const [text, number] of interned.numbers) {
    const count = interned.counts[number] as number
    if (count === 0) continue
    const at = pairs.findIndex(([other, most]) => count > most || (count === most && text < other))
    if (at >= 0) pairs.splice(at, 0, [text, count])
    else if (pairs.length < max) pairs.push([text, count])
    if (pairs.length > max) pairs.pop()
  }
  return pairs
}
