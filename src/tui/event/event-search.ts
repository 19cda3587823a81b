// Looking for events: by a text, or for errors. What is looked for is highlighted or jumped to, never filtered.

import { isErrorStatus } from '../../core/fleet.ts'
import type { NewestRow } from '../../core/view.ts'
import { toSafeText } from '../line.ts'
import { isGap, type LogItem } from './event-log.ts'

export type Search = {
  text: string
  /** With the flags `giu`. */
  pattern: RegExp
  /** What was found out so far: the same rows are looked at with each frame. */
  known: WeakMap<NewestRow, boolean>
}

/** `timeout` as it stands, or `/time.?out/` as a regular expression; letter case does not matter. Null when it is none. */
export function toSearch(text: string): Search | null {
  const source = /^\/(.+)\/$/u.exec(text)?.[1] ?? text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  try {
    return { text, pattern: new RegExp(source, 'giu'), known: new WeakMap() }
  } catch {
    return null
  }
}

/** Texts as they are on the screen: what is found can also be seen. */
export function matchesSearch(search: Search, row: NewestRow): boolean {
  let found = search.known.get(row)
  if (found === undefined) {
    found = [row.agent, row.status, row.kind === 'state' ? '' : row.kind, row.text].some(
      (text) => toSafeText(text).search(search.pattern) >= 0,
    )
    search.known.set(row, found)
  }
  return found
}

export const countMatches = (search: Search, items: readonly LogItem[]): number =>
  items.reduce((count, item) => count + (!isGap(item) && matchesSearch(search, item) ? 1 : 0), 0)

export const isErrorRow = (row: NewestRow): boolean => isErrorStatus(row.status)

/** Errors as the historian can look for them. */
export const errorsWhere = 'status:~^([Ee][Rr][Rr][Oo][Rr]|[Ff][Aa][Ii][Ll][Ee][Dd])$'

/** The next item in this direction that matches, or the gap before it: what is in there is not known. */
export function findFrom(
  items: readonly LogItem[],
  from: number,
  direction: 1 | -1,
  wanted: (row: NewestRow) => boolean,
): LogItem | null {
  for (let at = from; at >= 0 && at < items.length; at += direction) {
    const item = items[at] as LogItem
    if (isGap(item) || wanted(item)) return item
  }
  return null
}
