// Where one agent's events are in a partition: from the index pages of each checkpoint, and from the tail rows after
// the last. Where the index is damaged it gives the range of blocks to read instead.

import { hashAgent } from '../../core/subjects.ts'
import { getMeta } from './cursor.ts'
import type { Environment } from './environment.ts'
import { decodeExtent, type Extent, findInPage } from './index-page.ts'
import {
  comparePositions,
  type Position,
  parsePageKey,
  parsePositionKey,
  toExtentKey,
  toPageKey,
  toPositionKey,
} from './keys.ts'
import type { ScanOptions } from './scan.ts'
import { readTail } from './tail-row.ts'

type Range = { from?: Position; to?: Position }

export type Places =
  | { kind: 'found'; epoch: number; places: number[] }
  /** Every event in this range has to be looked at. */
  | { kind: 'unknown'; range: Range }

const lastPage = 0xffffffff

/** In the wanted order of checkpoints; the places of each ascend. */
export function* agentPlaces(
  environment: Environment,
  agent: string,
  options: ScanOptions,
): Generator<Places> {
  const hash = hashAgent(agent)
  if (options.newestFirst) {
    // The tail and the number of the last checkpoint are of one snapshot, so no event falls between them.
    const { tail, last } = environment.read(() => readBeyond(environment, hash))
    yield* tail
    for (let number = last; number > 0; number--) yield* placesOf(environment, number, last, hash, options)
    return
  }
  for (let number = 1; ; number++) {
    const { tail, last } = environment.read(() => {
      const last = lastCheckpoint(environment)
      return number <= last ? { tail: undefined, last } : readBeyond(environment, hash)
    })
    if (tail) {
      yield* tail
      return
    }
    yield* placesOf(environment, number, last, hash, options)
  }
}

function lastCheckpoint(environment: Environment): number {
  const checkpoint = getMeta(environment, 'checkpoint')
  if (checkpoint !== undefined && checkpoint !== 'damaged') return checkpoint.number
  const [key] = environment.keys('index', { reverse: true, limit: 1 })
  return key ? key.readUInt32BE(0) : 0
}

function readBeyond(environment: Environment, hash: number): { tail: Places[]; last: number } {
  const found = new Map<number, number[]>()
  for (const { epoch, first_seq, hashes } of readTail(environment)) {
    for (let i = hashes.indexOf(hash); i >= 0; i = hashes.indexOf(hash, i + 1)) {
      const places = found.get(epoch)
      if (places) places.push(first_seq + i)
      else found.set(epoch, [first_seq + i])
    }
  }
  const tail = [...found].map(([epoch, places]) => ({ kind: 'found' as const, epoch, places }))
  return { tail, last: lastCheckpoint(environment) }
}

function* placesOf(
  environment: Environment,
  number: number,
  last: number,
  hash: number,
  options: ScanOptions,
): Generator<Places> {
  const extent = environment.read(() => readExtent(environment, number))
  if (extent === undefined) {
    yield { kind: 'unknown', range: toRange(rangeBetween(environment, number, last), options) }
    return
  }
  if (isBeside(environment, extent, options)) return
  const places = environment.read(() => lookUp(environment, number, hash))
  if (places === undefined) {
    const { epoch } = extent
    const whole = { from: { epoch, seq: extent.first_seq }, to: endOf(environment, extent) }
    yield { kind: 'unknown', range: toRange(whole, options) }
  } else if (places.length > 0) {
    yield { kind: 'found', epoch: extent.epoch, places }
  }
}

/** Undefined when a page that may hold the hash is damaged. */
function lookUp(environment: Environment, number: number, hash: number): number[] | undefined {
  const found: number[][] = []
  // From the last page that can begin with the hash back to the one that begins below it.
  const range = { start: toPageKey(number, hash, lastPage), end: toExtentKey(number), reverse: true }
  for (const { key, value } of environment.rows('index', range)) {
    const page = findInPage(key, value, hash)
    if (!page) return undefined
    found.unshift(page.places)
    if (parsePageKey(key).first_hash < hash) break
  }
  return found.flat()
}

function readExtent(environment: Environment, number: number): Extent | undefined {
  const key = toExtentKey(number)
  const sealed = environment.get('index', key)
  return sealed && decodeExtent(key, sealed)
}

/** The last sequence that the last block of an extent can hold. */
function endOf(environment: Environment, { epoch, last_block_seq }: Extent): Position {
  const [next] = environment.read(() => [
    ...environment.keys('blocks', { after: toPositionKey({ epoch, seq: last_block_seq }), limit: 1 }),
  ])
  const block = next && parsePositionKey(next)
  return { epoch, seq: block?.epoch === epoch ? block.seq - 1 : Number.MAX_SAFE_INTEGER }
}

/** From behind the nearest sound extent below to before the nearest one above; open where there is none. */
function rangeBetween(environment: Environment, number: number, last: number): Range {
  const range: Range = {}
  for (let below = number - 1; below > 0 && !range.from; below--) {
    const extent = environment.read(() => readExtent(environment, below))
    if (extent) range.from = { epoch: extent.epoch, seq: extent.last_block_seq }
  }
  for (let above = number + 1; above <= last && !range.to; above++) {
    const extent = environment.read(() => readExtent(environment, above))
    if (extent) range.to = { epoch: extent.epoch, seq: extent.first_seq - 1 }
  }
  return range
}

function isBeside(environment: Environment, extent: Extent, { from, to }: ScanOptions): boolean {
  const first = { epoch: extent.epoch, seq: extent.first_seq }
  if (to && comparePositions(first, to) > 0) return true
  return from !== undefined && comparePositions(endOf(environment, extent), from) < 0
}

/** What of the range is wanted at all. */
function toRange(range: Range, { from, to }: ScanOptions): Range {
  const lower = [range.from, from].filter((each) => each !== undefined).sort(comparePositions)
  const upper = [range.to, to].filter((each) => each !== undefined).sort(comparePositions)
  const [first, last] = [lower[lower.length - 1], upper[0]]
  return { ...(first && { from: first }), ...(last && { to: last }) }
}
