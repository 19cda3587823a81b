// Answers a search for reports within bounds of work and of size; what is left goes on at the next request.

import { setImmediate as breathe } from 'node:timers/promises'
import type { BarsDocument, StoredBar } from '../../core/bar-report.ts'
import { issuerClocks_ms, isWantedReport } from '../../core/wanted-reports.ts'
import type { BarsSearch } from './history-request.ts'

export type BarsLimits = {
  /** Reports looked at. */
  looked_max: number
  /** Of the whole answer. */
  bytes_max: number
}

export const barsLimits = { looked_max: 20_000 }

const slice_ms = 10
/** The document around the reports. */
const frame_bytes = 256
/** A window is reported until the bar after the next has begun: once so many later ones were, it has its last revision. */
const windows_after = 4

/** The BarsDocument as JSON. `bars` come in the order of the search: the newest first, or the oldest with `first`. */
export async function findBars(
  bars: Iterable<StoredBar>,
  search: BarsSearch,
  { looked_max, bytes_max }: BarsLimits,
): Promise<string> {
  const { limit, first } = search
  const found = new Found(search)
  let slice = performance.now()
  let looked = 0
  let searched_seq: number | null = null
  let more = false
  for (const bar of bars) {
    if (isBeyond(bar, search)) break
    const wanted = isWantedReport(bar, search)
    more = looked >= looked_max || (wanted && found.isFull() && !found.isOld(bar))
    if (more) break
    if (wanted) found.add(bar)
    searched_seq = bar.seq
    looked++
    if (performance.now() - slice < slice_ms) continue
    await breathe()
    slice = performance.now()
  }
  const texts: string[] = []
  let bytes = frame_bytes
  const all = found.list()
  for (const bar of all) {
    const text = JSON.stringify(bar)
    bytes += Buffer.byteLength(text) + 1
    if (texts.length === limit || (texts.length > 0 && bytes > bytes_max)) break
    texts.push(text)
  }
  if (texts.length < all.length) {
    more = true
    searched_seq = (all[texts.length - 1] as StoredBar).seq
  }
  if (!first) texts.reverse()
  return toDocument(texts, more, searched_seq)
}

/** What was found, with `revisions` all of it, else the last report of each window. */
class Found {
  readonly #search: BarsSearch
  readonly #byKey = new Map<string, StoredBar>()

  constructor(search: BarsSearch) {
    this.#search = search
  }

  add(bar: StoredBar): void {
    const key = this.#keyOf(bar)
    if (!this.#search.first && this.#byKey.has(key)) return
    // Read forward, a later revision takes the place of the earlier one, in its own place of the order.
    this.#byKey.delete(key)
    this.#byKey.set(key, bar)
  }

  /** Nothing that is to come changes what will be answered. */
  isFull(): boolean {
    const { limit, first, revisions } = this.#search
    return this.#byKey.size >= limit + (first && !revisions ? windows_after : 0)
  }

  /** An earlier revision of what was found. */
  isOld(bar: StoredBar): boolean {
    return this.#byKey.has(this.#keyOf(bar))
  }

  list(): StoredBar[] {
    return [...this.#byKey.values()]
  }

  #keyOf({ window_id, seq }: StoredBar): string {
    return this.#search.revisions ? String(seq) : window_id
  }
}

/** Neither this one nor any further on in the order of the search is wanted. */
function isBeyond(
  { issued_at }: StoredBar,
  { first, since_ms = 0, until_ms = Number.MAX_VALUE }: BarsSearch,
): boolean {
  const issued_ms = Date.parse(issued_at)
  return first ? issued_ms > until_ms + issuerClocks_ms : issued_ms < since_ms - issuerClocks_ms
}

function toDocument(bars: string[], more: boolean, searched_seq: number | null): string {
  const head: Omit<BarsDocument, 'bars'> = { schema: 'beacon.bars.v1', more, searched_seq }
  return `${JSON.stringify(head).slice(0, -1)},"bars":[${bars.join(',')}]}`
}
