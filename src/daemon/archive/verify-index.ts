// Verifies that index pages and tail rows say what the blocks say, by building them again.

import type { Environment } from './environment.ts'
import { buildIndex, decodeExtent, type Extent, type TailBlock } from './index-page.ts'
import { parsePageKey, parsePositionKey, toExtentKey } from './keys.ts'
import { fromSealed } from './sealed.ts'
import { decodeTailRow, hashLines } from './tail-row.ts'
import type { Walkthrough } from './verify-archive.ts'
import type { Snapshot } from './verify-partition.ts'

export type IndexedBlock = { key: Buffer; lines: Buffer[] }

/** Extents 1 to `last`; undefined for one that is damaged or missing. Call within `read`. */
export function readExtents(environment: Environment, last: number): (Extent | undefined)[] {
  return Array.from({ length: last }, (_, i) => {
    const key = toExtentKey(i + 1)
    const sealed = environment.get('index', key)
    return sealed && decodeExtent(key, sealed)
  })
}

/** Fed with all blocks of a partition in order, one checkpoint's hashes in memory at a time. */
export class IndexVerifier {
  readonly #environment: Environment
  readonly #snapshot: Snapshot
  readonly #walk: Walkthrough
  readonly #damagedExtent: boolean
  /** Number of the checkpoint being gathered. */
  #number = 1
  #gathered: TailBlock[] = []
  #complete = true
  #tailBlocks = 0

  constructor(environment: Environment, snapshot: Snapshot, walk: Walkthrough) {
    this.#environment = environment
    this.#snapshot = snapshot
    this.#walk = walk
    this.#damagedExtent = snapshot.extents.includes(undefined)
    snapshot.extents.forEach((extent, i) => {
      if (!extent)
        walk.find('index-damaged', environment.name, `checkpoint ${i + 1} of the agent index was changed`)
    })
  }

  add({ key, lines }: IndexedBlock): void {
    this.#take(key, hashLines(lines))
  }

  /** A block that cannot be read: what indexes it cannot be proven. */
  skip({ key }: { key: Buffer }): void {
    this.#take(key, undefined)
  }

  finish(): void {
    while (this.#number <= this.#snapshot.extents.length) this.#compare()
    const { tail } = this.#snapshot
    if (this.#tailBlocks < tail.size) {
      const message = `${tail.size - this.#tailBlocks} tail rows have no block`
      this.#walk.find('index-differs', this.#environment.name, message)
    }
  }

  #take(key: Buffer, hashes: Uint32Array | undefined): void {
    const { epoch, seq } = parsePositionKey(key)
    while (this.#number <= this.#snapshot.extents.length) {
      const extent = this.#snapshot.extents[this.#number - 1]
      const beyond =
        !extent || epoch > extent.epoch || (epoch === extent.epoch && seq > extent.last_block_seq)
      // Between two extents: the one that covered it is damaged, or nothing does.
      if (extent && (epoch < extent.epoch || (epoch === extent.epoch && seq < extent.first_seq))) break
      if (!beyond) {
        if (hashes) this.#gathered.push({ epoch, first_seq: seq, hashes })
        else this.#complete = false
        return
      }
      this.#compare()
    }
    this.#compareTail(key, hashes)
  }

  #compareTail(key: Buffer, hashes: Uint32Array | undefined): void {
    const { epoch, seq } = parsePositionKey(key)
    const place = `${this.#environment.name} ${epoch}/${seq}`
    const sealed = this.#snapshot.tail.get(key.toString('hex'))
    if (!sealed) {
      if (!this.#damagedExtent) this.#walk.find('index-differs', place, 'nothing indexes this block')
      return
    }
    this.#tailBlocks++
    const row = decodeTailRow(key, sealed)
    if (!row) this.#walk.find('index-damaged', place, 'the tail row of this block was changed')
    else if (hashes && Buffer.compare(Buffer.from(row.buffer), Buffer.from(hashes.buffer)) !== 0) {
      this.#walk.find('index-differs', place, 'the tail row is not what the block says')
    }
  }

  /** Compares a checkpoint's pages with what its blocks give, and goes on to the next one. */
  #compare(): void {
    const number = this.#number++
    const [blocks, complete] = [this.#gathered, this.#complete]
    this.#gathered = []
    this.#complete = true
    if (!this.#snapshot.extents[number - 1]) return
    const range = { start: toExtentKey(number), end: toExtentKey(number + 1) }
    const stored = this.#environment.read(() => [...this.#environment.rows('index', range)])
    const place = `${this.#environment.name} checkpoint ${number}`
    let damaged = false
    for (const { key, value } of stored) {
      if (fromSealed(key, value)) continue
      damaged = true
      const page = key.length === 12 ? parsePageKey(key).page : 0
      this.#walk.find(
        'index-damaged',
        place,
        `page ${page} of the agent index was changed; readers use the blocks instead`,
      )
    }
    if (damaged || !complete) return
    const rows = buildIndex(number, blocks)
    const same =
      rows.length === stored.length &&
      rows.every(({ key, value }, i) => stored[i]?.key.equals(key) && stored[i].value.equals(value))
    if (!same) this.#walk.find('index-differs', place, 'the agent index is not what the blocks say')
  }
}
