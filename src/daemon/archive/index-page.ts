// The agent index: for each checkpoint, pages of postings (hash of the agent → places of its events), sorted by hash.
//
// A place is the first sequence of a block plus the ordinal of the event in it. That is unique, and the block is the
// last one whose first sequence is not behind the place. A page's value, before sealing:
//
//   epoch u32, base f64 (the places of the page count from it), then runs: varint hash delta (from the hash in the
//   page's key), varint count, and the places as varint deltas. A hash with many events has several runs, delta 0.

import { toExtentKey, toPageKey } from './keys.ts'
import { sortIndices } from './radix-sort.ts'
import { fromSealed, toSealed } from './sealed.ts'
import { readVarint, writeVarint } from './varint.ts'

/** The hashes of one block's agents, in the order of its events: a tail row. */
export type TailBlock = { epoch: number; first_seq: number; hashes: Uint32Array }

/** What a checkpoint covers: enough to rebuild its postings from the blocks. */
export type Extent = {
  epoch: number
  first_seq: number
  last_block_seq: number
  events: number
  pages: number
}

export type IndexRow = { key: Buffer; value: Buffer }

// One overflow page of LMDB holds 4,096 bytes less a header of 16; the CRC takes 4 more.
const pageLength = 4096 - 16 - 4
const pageHeader = 12
const runEventsMax = 64
const placeLengthMax = 8

/** The rows of one checkpoint, in ascending order of their keys. All blocks are of one epoch. */
export function buildIndex(checkpoint: number, blocks: TailBlock[]): IndexRow[] {
  const { hashes, places } = flatten(blocks)
  const order = sortIndices(hashes)
  const epoch = blocks[0]?.epoch ?? 0
  const base = blocks[0]?.first_seq ?? 0
  const pages = new PageWriter(checkpoint, epoch, base)
  for (let i = 0; i < order.length; ) {
    const hash = hashes[order[i] as number] as number
    let end = i + 1
    while (end < order.length && end - i < runEventsMax && hashes[order[end] as number] === hash) end++
    pages.writeRun(hash, places, order, i, end)
    i = end
  }
  pages.flush()
  const key = toExtentKey(checkpoint)
  const extent: Extent = {
    epoch,
    first_seq: base,
    last_block_seq: blocks[blocks.length - 1]?.first_seq ?? base,
    events: hashes.length,
    pages: pages.rows.length,
  }
  return [{ key, value: toSealed(key, Buffer.from(JSON.stringify(extent))) }, ...pages.rows]
}

function flatten(blocks: TailBlock[]): { hashes: Uint32Array; places: Float64Array } {
  let count = 0
  for (const block of blocks) count += block.hashes.length
  const hashes = new Uint32Array(count)
  const places = new Float64Array(count)
  let at = 0
  for (const block of blocks) {
    hashes.set(block.hashes, at)
    for (let i = 0; i < block.hashes.length; i++) places[at + i] = block.first_seq + i
    at += block.hashes.length
  }
  return { hashes, places }
}

class PageWriter {
  readonly rows: IndexRow[] = []
  readonly #checkpoint: number
  readonly #epoch: number
  readonly #base: number
  readonly #page = Buffer.allocUnsafe(pageLength)
  #length = 0
  #firstHash = 0
  #lastHash = 0

  constructor(checkpoint: number, epoch: number, base: number) {
    this.#checkpoint = checkpoint
    this.#epoch = epoch
    this.#base = base
  }

  /** The places of `order[from]` to before `order[to]`, all of one hash. */
  writeRun(hash: number, places: Float64Array, order: Uint32Array, from: number, to: number): void {
    const page = this.#page
    // A bound that costs nothing; the few bytes that a page loses by it are less than the last run takes.
    if (this.#length + 10 + (to - from) * placeLengthMax > pageLength) this.flush()
    if (this.#length === 0) this.#begin(hash)
    let at = writeVarint(page, this.#length, hash - this.#lastHash)
    at = writeVarint(page, at, to - from)
    let last = this.#base
    for (let i = from; i < to; i++) {
      const place = places[order[i] as number] as number
      at = writeVarint(page, at, place - last)
      last = place
    }
    this.#length = at
    this.#lastHash = hash
  }

  flush(): void {
    if (this.#length === 0) return
    const key = toPageKey(this.#checkpoint, this.#firstHash, this.rows.length)
    this.rows.push({ key, value: toSealed(key, this.#page.subarray(0, this.#length)) })
    this.#length = 0
  }

  #begin(hash: number): void {
    this.#page.writeUInt32BE(this.#epoch, 0)
    this.#page.writeDoubleBE(this.#base, 4)
    this.#length = pageHeader
    this.#firstHash = hash
    this.#lastHash = hash
  }
}

/** The places of one hash in a page, ascending; undefined when the page is damaged. */
export function findInPage(
  key: Buffer,
  sealed: Buffer,
  wanted: number,
): { epoch: number; places: number[] } | undefined {
  const found: number[] = []
  const epoch = walkPage(key, sealed, (hash, places) => {
    if (hash === wanted) for (const place of places()) found.push(place)
    return hash <= wanted
  })
  return epoch === undefined ? undefined : { epoch, places: found }
}

/** Calls `visit` for each run until it returns false; `places` decodes the run, which is skipped otherwise. */
function walkPage(
  key: Buffer,
  sealed: Buffer,
  visit: (hash: number, places: () => number[]) => boolean,
): number | undefined {
  const page = fromSealed(key, sealed)
  if (!page || page.length < pageHeader || key.length !== 12) return undefined
  const base = page.readDoubleBE(4)
  const cursor = { at: pageHeader }
  let hash = key.readUInt32BE(4)
  let sound = true
  while (cursor.at < page.length && sound) {
    const delta = readVarint(page, cursor)
    const count = readVarint(page, cursor)
    if (delta === undefined || count === undefined) return undefined
    hash += delta
    let decoded = false
    const read = (keep: boolean): number[] => {
      decoded = true
      const places: number[] = []
      let place = base
      for (let i = 0; i < count; i++) {
        const step = readVarint(page, cursor)
        if (step === undefined) {
          sound = false
          break
        }
        place += step
        if (keep) places.push(place)
      }
      return places
    }
    const goOn = visit(hash, () => read(true))
    if (!goOn) break
    if (!decoded) read(false)
  }
  return sound ? page.readUInt32BE(0) : undefined
}

/** Undefined when the row is damaged. */
export function decodeExtent(key: Buffer, sealed: Buffer): Extent | undefined {
  const value = fromSealed(key, sealed)
  return value && (JSON.parse(value.toString('utf8')) as Extent)
}
