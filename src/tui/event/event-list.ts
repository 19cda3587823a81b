// A list of events on the screen: what it holds, the window on it, and the event under the cursor. At its end it follows;
// whoever scrolls up stands still, while what comes is counted.

import type { NewestRow } from '../../core/view.ts'
import {
  countLog,
  dropOldest,
  type EventLog,
  emptyLog,
  foldNewest,
  indexOfKey,
  isGap,
  keyOf,
  type LogItem,
  mergeLogs,
} from './event-log.ts'

export type EventList = {
  log: EventLog
  following: boolean
  /** Key of the item under the cursor. */
  selected: number | null
  /** Key of the first item of the window, while it does not follow. */
  top: number
  /** Events that came since it stopped following. */
  fresh: number
}

export const emptyList: EventList = { log: emptyLog, following: true, selected: null, top: 0, fresh: 0 }

export const items_max = 10_000

export type Window = { items: readonly LogItem[]; from: number; to: number }

/** The items on the screen, by index: the selected one is always among them. */
export function windowOf(list: EventList, height: number): Window {
  const { items } = list.log
  const end = Math.max(0, items.length - height)
  let from = list.following ? end : Math.min(end, indexOfKey(items, list.top))
  if (!list.following && list.selected !== null) {
    const at = Math.min(items.length - 1, indexOfKey(items, list.selected))
    from = Math.max(0, Math.min(at, Math.max(from, at - height + 1)))
  }
  return { items, from, to: Math.min(items.length, from + height) }
}

/** The item under the cursor; while following, the newest event. */
export function currentItem({ log, selected, following }: EventList): LogItem | null {
  const { items } = log
  if (items.length === 0) return null
  const at = following || selected === null ? items.length - 1 : indexOfKey(items, selected)
  return items[Math.min(items.length - 1, at)] ?? null
}

export const currentEvent = (list: EventList): NewestRow | null => {
  const item = currentItem(list)
  return item && !isGap(item) ? item : null
}

export const follow = (list: EventList): EventList => ({
  ...list,
  log: dropOldest(list.log, items_max),
  following: true,
  selected: null,
  fresh: 0,
})

/** Puts the cursor on an item; the list stands still. */
export function selectKey(list: EventList, key: number, height: number): EventList {
  const { from, items } = windowOf(list, height)
  const stopped = {
    ...list,
    following: false,
    selected: key,
    top: from < items.length ? keyOf(items[from] as LogItem) : 0,
    fresh: list.following ? 0 : list.fresh,
  }
  const moved = windowOf(stopped, height)
  return { ...stopped, top: keyOf(items[moved.from] as LogItem) }
}

/** As `selectKey`; what was out of sight comes with what surrounds it. */
export function revealKey(list: EventList, key: number, height: number): EventList {
  const { items, from, to } = windowOf(list, height)
  const at = indexOfKey(items, key)
  const selected = selectKey(list, key, height)
  if (at >= from && at < to) return selected
  const top = items[Math.max(0, at - Math.floor(height / 3))]
  return top ? { ...selected, top: keyOf(top) } : selected
}

/** The cursor by so many items; beyond the last one the list follows again. */
export function moveBy(list: EventList, step: number, height: number): EventList {
  const { items, from, to } = windowOf(list, height)
  if (items.length === 0) return list
  const start =
    list.following || list.selected === null ? (step < 0 ? to : from - 1) : indexOfKey(items, list.selected)
  if (list.following && step > 0) return list
  const next = start + step
  if (next >= items.length) return follow(list)
  return selectKey(list, keyOf(items[Math.max(0, next)] as LogItem), height)
}

/** The window by so many items, as the wheel does; at the end the list follows again. */
export function scrollBy(list: EventList, step: number, height: number): EventList {
  const { items, from } = windowOf(list, height)
  if (items.length === 0 || (list.following && step > 0)) return list
  const next = Math.max(0, from + step)
  if (step > 0 && next + height >= items.length) return follow(list)
  const top = keyOf(items[next] as LogItem)
  const at = list.selected === null ? null : indexOfKey(items, list.selected)
  const kept = at === null ? null : Math.max(next, Math.min(items.length - 1, next + height - 1, at))
  return {
    ...list,
    following: false,
    top,
    selected: kept === null ? null : keyOf(items[kept] as LogItem),
    fresh: list.following ? 0 : list.fresh,
  }
}

export const toOldest = (list: EventList, height: number): EventList => {
  const [first] = list.log.items
  return first ? selectKey(list, keyOf(first), height) : list
}

/** Events that came after those held. Events that nobody has seen one by one are counted as come, too. */
export function appendLog(list: EventList, log: EventLog): EventList {
  const merged = mergeLogs(list.log, log)
  if (list.following) return { ...list, log: dropOldest(merged, items_max) }
  const before = countLog(list.log)
  const after = countLog(merged)
  const fresh = list.fresh + after.held + after.hidden - before.held - before.hidden
  return { ...list, log: foldNewest(merged, items_max), fresh }
}

/**
 * Events of the past: older ones, or those of a gap. When it is too much to hold, the newest become a gap, or the oldest
 * go, whichever is not `kept`.
 */
export function insertLog(list: EventList, log: EventLog, kept: 'older' | 'newer' = 'older'): EventList {
  const merged = mergeLogs(list.log, log)
  const drop = list.following || kept === 'newer' ? dropOldest : foldNewest
  return { ...list, log: drop(merged, items_max) }
}
