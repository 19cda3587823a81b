// A stretch of the stream as far as a screen holds it: events, and between them how many it does not hold. Stretches are
// merged by sequence, so that what frames bring and what the historian adds never leaves a gap untold or repeats an event.

import type { NewestRow } from '../../core/view.ts'

/** Sequences, both included, whose events are not held: so many, or null when nobody has counted them. */
export type Gap = { from_seq: number; to_seq: number; count: number | null }
export type LogItem = NewestRow | Gap

export type EventLog = {
  /** In the order of the stream. Whatever belongs between the two sequences is an event here, or within a gap. */
  items: readonly LogItem[]
  from_seq: number
  to_seq: number
}

export const emptyLog: EventLog = { items: [], from_seq: 0, to_seq: -1 }

export const isGap = (item: LogItem): item is Gap => 'from_seq' in item

/** Names an item; no other item of the log has the same key. */
export const keyOf = (item: LogItem): number => (isGap(item) ? item.from_seq : item.seq)

export const isEmpty = ({ from_seq, to_seq }: EventLog): boolean => to_seq < from_seq

/** Events held, and events known to be missing. */
export function countLog({ items }: EventLog): { held: number; hidden: number } {
  let held = 0
  let hidden = 0
  for (const item of items) {
    if (isGap(item)) hidden += item.count ?? 0
    else held++
  }
  return { held, hidden }
}

/** Index of the first item at or after this key; the length of the log when there is none. */
export function indexOfKey(items: readonly LogItem[], key: number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyOf(items[middle] as LogItem) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Both stretches as one. What lies between them, or within gaps of both, is a gap of the result. */
export function mergeLogs(a: EventLog, b: EventLog): EventLog {
  if (isEmpty(a)) return b
  if (isEmpty(b)) return a
  const from_seq = Math.min(a.from_seq, b.from_seq)
  const to_seq = Math.max(a.to_seq, b.to_seq)
  const rows = mergeRows(a.items, b.items)
  const gaps = commonGaps(hiddenOf(a, from_seq, to_seq), hiddenOf(b, from_seq, to_seq), rows)
  return { items: withGaps(rows, gaps), from_seq, to_seq }
}

/** At most so many items: the oldest go, and the log begins later. */
export function dropOldest(log: EventLog, max: number): EventLog {
  if (log.items.length <= max) return log
  const dropped = log.items.length - max
  const last = log.items[dropped - 1] as LogItem
  return { ...log, items: log.items.slice(dropped), from_seq: (isGap(last) ? last.to_seq : last.seq) + 1 }
}

/** At most so many items: the newest become one gap. */
export function foldNewest(log: EventLog, max: number): EventLog {
  if (log.items.length <= max) return log
  const folded = log.items.slice(max - 1)
  let count: number | null = 0
  for (const item of folded) {
    const more: number | null = isGap(item) ? item.count : 1
    count = count === null || more === null ? null : count + more
  }
  const gap: Gap = { from_seq: keyOf(folded[0] as LogItem), to_seq: log.to_seq, count }
  return { ...log, items: [...log.items.slice(0, max - 1), gap] }
}

function mergeRows(a: readonly LogItem[], b: readonly LogItem[]): NewestRow[] {
  const rows: NewestRow[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = a[i]
    const right = b[j]
    if (left !== undefined && isGap(left)) i++
    else if (right !== undefined && isGap(right)) j++
    else if (right === undefined || (left !== undefined && left.seq <= right.seq)) {
      if (left === undefined) break
      rows.push(left)
      i++
      if (right?.seq === left.seq) j++
    } else {
      rows.push(right)
      j++
    }
  }
  return rows
}

/** The gaps of a stretch within a longer one: its own, and what lies outside of it. */
function hiddenOf({ items, from_seq, to_seq }: EventLog, from: number, to: number): Gap[] {
  const gaps = items.filter(isGap)
  if (from < from_seq) gaps.unshift({ from_seq: from, to_seq: from_seq - 1, count: null })
  if (to > to_seq) gaps.push({ from_seq: to_seq + 1, to_seq: to, count: null })
  return gaps
}

/** What is hidden in both, in order. A gap that only shrank keeps its count, less the events that are known now. */
function commonGaps(a: Gap[], b: Gap[], rows: NewestRow[]): Gap[] {
  const pieces: { from_seq: number; to_seq: number; of: [Gap, Gap] }[] = []
  const uses = new Map<Gap, number>()
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const left = a[i] as Gap
    const right = b[j] as Gap
    const from_seq = Math.max(left.from_seq, right.from_seq)
    const to_seq = Math.min(left.to_seq, right.to_seq)
    if (from_seq <= to_seq) {
      pieces.push({ from_seq, to_seq, of: [left, right] })
      for (const gap of [left, right]) uses.set(gap, (uses.get(gap) ?? 0) + 1)
    }
    if (left.to_seq <= right.to_seq) i++
    else j++
  }
  const gaps: Gap[] = []
  for (const { from_seq, to_seq, of } of pieces) {
    let count: number | null = null
    for (const gap of of)
      if (gap.count !== null && uses.get(gap) === 1) count ??= gap.count - rowsWithin(rows, gap)
    if (count === null || count > 0) gaps.push({ from_seq, to_seq, count })
  }
  return gaps
}

const rowsWithin = (rows: NewestRow[], { from_seq, to_seq }: Gap): number =>
  indexOfKey(rows, to_seq + 1) - indexOfKey(rows, from_seq)

function withGaps(rows: NewestRow[], gaps: Gap[]): LogItem[] {
  if (gaps.length === 0) return rows
  const items: LogItem[] = []
  let at = 0
  for (const gap of gaps) {
    while (at < rows.length && (rows[at] as NewestRow).seq < gap.from_seq) items.push(rows[at++] as NewestRow)
    items.push(gap)
  }
  while (at < rows.length) items.push(rows[at++] as NewestRow)
  return items
}
