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

/** What failed before must be brought again, or it would be left out. */
export function assertNothingLeftOut(
  owed: number | undefined,
  cursorSeq: number,
  ...lists: { seq: number }[][]
): void {
  const first = firstBehind(cursorSeq, ...lists)
  if (owed === undefined || owed <= cursorSeq || first === undefined) return
  if (first > owed) {
    throw new Error(`append begins at ${first}, but ${owed} failed before and was not brought again`)
  }
}
