// The past bars on the screen: one report per window, the window on them, and the bar under the cursor. At its end the
// list follows; whoever scrolls up stands still, while what comes is counted.

import type { StoredBar } from '../../core/bar-report.ts'

export type BarList = {
  /** The last revision of each window, ascending by beats. */
  bars: readonly StoredBar[]
  /** There are older ones. */
  more: boolean
  following: boolean
  /** Window of the bar under the cursor. */
  selected: string | null
  /** First beat of the first row, while it does not follow. */
  top: number
  /** First beat of the newest bar when it stopped following. */
  seen: number
}

export const emptyBars: BarList = {
  bars: [],
  more: true,
  following: true,
  selected: null,
  top: 0,
  seen: -1,
}

export const bars_max = 2_000

/** Takes reports in, each in place of an older revision. The same list when nothing is new. */
export function addBars(list: BarList, fresh: readonly StoredBar[]): BarList {
  const byWindow = new Map(list.bars.map((bar) => [bar.window_id, bar]))
  let changed = false
  for (const bar of fresh) {
    if ((byWindow.get(bar.window_id)?.revision ?? -1) >= bar.revision) continue
    byWindow.set(bar.window_id, bar)
    changed = true
  }
  if (!changed) return list
  const bars = [...byWindow.values()].toSorted((a, b) => a.from_beat - b.from_beat)
  // A list that follows forgets what is old; one that is read keeps what is looked at.
  const left = list.following ? bars.slice(-bars_max) : bars.slice(0, bars_max)
  return { ...list, bars: left, more: list.more || left[0] !== bars[0] }
}

/** Takes in the newest reports that there are: what is held behind a hole is forgotten, since nobody would see the hole. */
export function addNewest(list: BarList, fresh: readonly StoredBar[], more: boolean): BarList {
  const first = fresh[0]
  const last = list.bars.at(-1)
  const isApart = first !== undefined && last !== undefined && more && first.from_beat > last.to_beat + 1
  if (isApart) return addBars({ ...emptyBars, more }, fresh)
  return addBars(list.bars.length === 0 ? { ...list, more } : list, fresh)
}

/** Windows of those reports that are later revisions of one that is held. */
export const revisedBy = (list: BarList, fresh: readonly StoredBar[]): string[] => {
  const held = new Map(list.bars.map(({ window_id, revision }) => [window_id, revision]))
  return fresh.flatMap(({ window_id, revision }) =>
    (held.get(window_id) ?? revision) < revision ? [window_id] : [],
  )
}

/** Only what had been issued by then. */
export function until({ bars, ...list }: BarList, at_ms: number): BarList {
  const kept = bars.filter(({ issued_at }) => Date.parse(issued_at) <= at_ms)
  return { ...list, bars: kept.length === bars.length ? bars : kept }
}

/** The rows that are shown: places of the first one, and behind the last one. */
export function windowOf(list: BarList, height: number): { from: number; to: number } {
  const { bars, following, top } = list
  const last = Math.max(0, bars.length - height)
  const found = following ? last : bars.findIndex(({ from_beat }) => from_beat >= top)
  const from = Math.min(last, found < 0 ? last : found)
  return { from, to: Math.min(bars.length, from + height) }
}

/** Bars that came since it stopped following. */
export const freshOf = ({ bars, following, seen }: BarList): number =>
  following ? 0 : bars.length - bars.filter(({ from_beat }) => from_beat <= seen).length

/** The bar under the cursor; the newest one while it follows. */
export const currentBar = ({ bars, following, selected }: BarList): StoredBar | undefined =>
  following ? bars.at(-1) : bars.find(({ window_id }) => window_id === selected)

/** The cursor on the bar at this place; the window follows it. */
export function selectAt(list: BarList, at: number, height: number): BarList {
  const { bars } = list
  const place = Math.max(0, Math.min(bars.length - 1, at))
  const bar = bars[place]
  if (!bar) return list
  const { from } = windowOf(list, height)
  const first = Math.max(0, Math.max(place - height + 1, Math.min(place, from)))
  return standing(list, { selected: bar.window_id, top: bars[first]?.from_beat ?? 0 })
}

/** The cursor by so many bars; beyond the last one the list follows again. */
export function moveBy(list: BarList, step: number, height: number): BarList {
  const { bars, following, selected } = list
  if (following && step > 0) return list
  const { from, to } = windowOf(list, height)
  const at = following ? -1 : bars.findIndex(({ window_id }) => window_id === selected)
  const next = (at >= 0 ? at : step < 0 ? to : from - 1) + step
  return next >= bars.length ? follow(list) : selectAt(list, next, height)
}

/** The window by so many rows, and the cursor with it; at the end the list follows again. */
export function scrollBy(list: BarList, rows: number, height: number): BarList {
  const { bars, following, selected } = list
  if (bars.length === 0 || (following && rows > 0)) return list
  const next = Math.max(0, windowOf(list, height).from + rows)
  if (rows > 0 && next + height >= bars.length) return follow(list)
  const at = bars.findIndex(({ window_id }) => window_id === selected)
  const kept = at < 0 ? undefined : bars[Math.max(next, Math.min(next + height - 1, at))]
  return standing(list, { selected: kept?.window_id ?? null, top: bars[next]?.from_beat ?? 0 })
}

export const follow = (list: BarList): BarList => ({ ...list, following: true, selected: null })

const standing = (list: BarList, place: Pick<BarList, 'selected' | 'top'>): BarList => ({
  ...list,
  ...place,
  following: false,
  seen: list.following ? (list.bars.at(-1)?.from_beat ?? -1) : list.seen,
})
