// Fuzzy matching for the palette: the letters in their order, better where they stand together and at the start of words.

/** Null when the letters are not there; else the higher the better. */
export function fuzzyScore(wanted: string, text: string): number | null {
  const letters = wanted.toLowerCase()
  const lower = text.toLowerCase()
  const whole = lower.indexOf(letters)
  // Letters that stand together are what people mean; the earlier the better.
  if (whole >= 0) return 1_000 - whole - (isWordStart(lower, whole) ? 0 : 200) - lower.length / 100
  let score = 0
  let at = -1
  for (const letter of letters) {
    if (letter === ' ') continue
    const next = lower.indexOf(letter, at + 1)
    if (next < 0) return null
    score += next === at + 1 ? 3 : isWordStart(lower, next) ? 2 : 0
    at = next
  }
  return score - lower.length / 100
}

/** What matches, the best first; all in their order when nothing is wanted. */
export function fuzzyFilter<Item>(
  wanted: string,
  items: readonly Item[],
  textOf: (item: Item) => string,
): Item[] {
  if (wanted === '') return [...items]
  return items
    .flatMap((item) => {
      const score = fuzzyScore(wanted, textOf(item))
      return score === null ? [] : [{ item, score }]
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item)
}

const isWordStart = (text: string, at: number): boolean =>
  at === 0 || /[^a-z0-9]/.test(text[at - 1] as string)
