// The order that appends must keep: ascending, and nothing left out after a failure.

export function assertAscending(items: { seq: number }[]): void {
  for (let i = 1; i < items.length; i++) {
    const [before, item] = [items[i - 1] as { seq: number }, items[i] as { seq: number }]
    if (item.seq <= before.seq) throw new Error(`sequence ${item.seq} was appended behind ${before.seq}`)
  }
}

/** The lowest sequence behind `seq` in any of the lists. */
export function firstBehind(seq: number, ...lists: { seq: number }[][]): number | undefined {
  const firsts = lists.map((list) => list.find((item) => item.seq > seq)?.seq)
  return firsts.reduce((a, b) => (a === undefined ? b : b === undefined ? a : Math.min(a, b)))
}
