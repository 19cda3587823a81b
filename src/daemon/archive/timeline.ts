// Places in the archive by time and by epoch, from keys and block headers alone: nothing is decompressed.
//
// Receive times ascend but for the jitter between gateways, so a place is found by bisection and then looked for in the
// blocks around it. A clock that was wrong for long is found only as far as that.

import { type BlockHeader, decodeBlockHeader } from './block.ts'
import { getMeta } from './cursor.ts'
import type { Environment } from './environment.ts'
import { type Position, parsePositionKey, toPositionKey } from './keys.ts'
import { type ReaderPartitions, readSummary } from './reader-partitions.ts'
import { blockAt, walkBlocks } from './walk-blocks.ts'

/** Blocks looked through on either side of a bisection. */
const jitter_blocks = 32

/** The blocks of one epoch in one partition. */
type Segment = { environment: Environment; epoch: number; first_seq: number; last_block_seq: number }

export type Bounds = { first: Position; last: Position; oldest_ms: number; newest_ms: number }

export class Timeline {
  readonly #partitions: ReaderPartitions

  constructor(partitions: ReaderPartitions) {
    this.#partitions = partitions
  }

  /** Where the first event is; undefined without any. */
  first(): Position | undefined {
    return this.#using(() => {
      for (const { epoch, first_seq } of this.#segments()) return { epoch, seq: first_seq }
      return undefined
    })
  }

  /** Nothing was removed by the retention: the first event is the first there ever was. */
  isWhole(): boolean {
    return this.#using(() => {
      const newest = this.#partitions.get(this.#partitions.names().at(-1) ?? '')
      return newest?.read(() => getMeta(newest, 'anchor')) === undefined
    })
  }

  /** The first sequence of each epoch that is archived, in order. */
  epochs(): Position[] {
    return this.#using(() => {
      const firsts: Position[] = []
      for (const { epoch, first_seq } of this.#segments())
        if (firsts.at(-1)?.epoch !== epoch) firsts.push({ epoch, seq: first_seq })
      return firsts
    })
  }

  bounds(): Bounds | undefined {
    return this.#using(() => {
      const segments = [...this.#segments()]
      const [first, last] = [segments[0], segments.at(-1)]
      if (!first || !last) return undefined
      const row = blockAt(last.environment, { epoch: last.epoch, seq: last.last_block_seq })
      const header = row && decodeBlockHeader(row.value)
      const times = segments.map(({ environment }) => readSummary(environment).summary)
      return {
        first: { epoch: first.epoch, seq: first.first_seq },
        last: { epoch: last.epoch, seq: header?.ok ? header.value.last_seq : last.last_block_seq },
        oldest_ms: Math.min(...times.map(({ oldest_ms }) => oldest_ms ?? Number.POSITIVE_INFINITY)),
        newest_ms: Math.max(...times.map(({ newest_ms }) => newest_ms ?? 0)),
      }
    })
  }

  /** A place before which nothing was received at or after `at_ms`; undefined when that is so of everything. */
  since(at_ms: number): Position | undefined {
    return this.#using(() => {
      for (const segment of this.#segments()) {
        const { newest_ms } = readSummary(segment.environment).summary
        if (newest_ms !== null && newest_ms < at_ms) continue
        const seq = bisect(segment, ({ received_max_ms }) => received_max_ms >= at_ms)
        if (seq === undefined) continue
        const from = { epoch: segment.epoch, seq }
        let earliest = seq
        for (const { key, header } of nearBlocks(segment, from, true))
          if (header === undefined || header.received_max_ms >= at_ms) earliest = parsePositionKey(key).seq
        return { epoch: segment.epoch, seq: earliest }
      }
      return undefined
    })
  }

  /** A place behind which nothing was received at or before `at_ms`; undefined when that is so of everything. */
  until(at_ms: number): Position | undefined {
    return this.#using(() => {
      for (const segment of [...this.#segments()].reverse()) {
        const { oldest_ms } = readSummary(segment.environment).summary
        if (oldest_ms !== null && oldest_ms > at_ms) continue
        const behind = bisect(segment, ({ received_min_ms }) => received_min_ms > at_ms)
        const end = behind === undefined ? Number.MAX_SAFE_INTEGER : behind - 1
        let latest = end >= segment.first_seq ? end : undefined
        if (behind !== undefined) {
          const from = { epoch: segment.epoch, seq: behind }
          for (const { header } of nearBlocks(segment, from, false))
            if (header && header.received_min_ms <= at_ms) latest = header.last_seq
        }
        if (latest !== undefined) return { epoch: segment.epoch, seq: latest }
      }
      return undefined
    })
  }

  /** About how many events were received in each of `count` equal parts of the range. */
  histogram(from_ms: number, to_ms: number, count: number): number[] {
    return this.#using(() => {
      const buckets = new Array<number>(count).fill(0)
      for (const segment of this.#segments()) {
        const { oldest_ms, newest_ms } = readSummary(segment.environment).summary
        if (oldest_ms === null || newest_ms === null || newest_ms < from_ms || oldest_ms > to_ms) continue
        const header = memoHeaders(segment)
        let before = countBefore(segment, from_ms, header)
        for (let i = 0; i < count; i++) {
          // The last one includes its end.
          const end = i === count - 1 ? to_ms + 1 : from_ms + ((to_ms - from_ms) * (i + 1)) / count
          const now = Math.max(before, countBefore(segment, end, header))
          buckets[i] = (buckets[i] as number) + now - before
          before = now
        }
      }
      return buckets
    })
  }

  *#segments(): Generator<Segment> {
    for (const name of this.#partitions.names()) {
      const environment = this.#partitions.get(name)
      if (environment) yield* segmentsOf(environment)
    }
  }

  #using<T>(read: () => T): T {
    const done = this.#partitions.use()
    try {
      return read()
    } finally {
      done()
    }
  }
}

function* segmentsOf(environment: Environment): Generator<Segment> {
  let from: Position = { epoch: 0, seq: 0 }
  for (;;) {
    const ends = environment.read(() => {
      const [first] = environment.keys('blocks', { start: toPositionKey(from), limit: 1 })
      if (!first) return undefined
      const { epoch, seq } = parsePositionKey(first)
      const start = toPositionKey({ epoch, seq: Number.MAX_SAFE_INTEGER })
      const [last] = environment.keys('blocks', { start, reverse: true, limit: 1 })
      return { epoch, first_seq: seq, last_block_seq: last ? parsePositionKey(last).seq : seq }
    })
    if (!ends) return
    yield { environment, ...ends }
    from = { epoch: ends.epoch + 1, seq: 0 }
  }
}

type HeaderAt = (seq: number) => BlockHeader | undefined

/** The header of the block that holds a sequence, or of the one before it. */
const headerAt =
  ({ environment, epoch }: Segment): HeaderAt =>
  (seq) => {
    const row = blockAt(environment, { epoch, seq })
    const header = row && decodeBlockHeader(row.value)
    return header?.ok ? header.value : undefined
  }

function memoHeaders(segment: Segment): HeaderAt {
  const read = headerAt(segment)
  const known = new Map<number, BlockHeader | undefined>()
  return (seq) => {
    if (!known.has(seq)) known.set(seq, read(seq))
    return known.get(seq)
  }
}

/** First sequence of the first block that `is` holds for; it holds for all behind it. Undefined when for none. */
function bisect(
  segment: Segment,
  is: (header: BlockHeader) => boolean,
  read: HeaderAt = headerAt(segment),
): number | undefined {
  let low = segment.first_seq
  let high = segment.last_block_seq
  const last = read(high)
  if (last && !is(last)) return undefined
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const header = read(middle)
    // A damaged block is passed over: a place a little early is right as well.
    if (header && is(header)) high = Math.min(header.first_seq, middle)
    else low = middle + 1
  }
  return read(high)?.first_seq ?? high
}

function* nearBlocks(segment: Segment, from: Position, reverse: boolean) {
  let count = 0
  for (const { key, value } of walkBlocks(segment.environment, { from, reverse })) {
    if (parsePositionKey(key).epoch !== segment.epoch || count++ > jitter_blocks) return
    const header = decodeBlockHeader(value)
    yield { key, header: header.ok ? header.value : undefined }
  }
}

/** Events of the segment before a time; within a block they are taken as evenly spread. */
function countBefore(segment: Segment, at_ms: number, read: HeaderAt): number {
  const behind = bisect(segment, ({ received_min_ms }) => received_min_ms >= at_ms, read)
  if (behind === segment.first_seq) return 0
  const header = read(behind === undefined ? segment.last_block_seq : behind - 1)
  if (!header) return (behind ?? segment.last_block_seq) - segment.first_seq
  const { first_seq, last_seq, received_min_ms, received_max_ms } = header
  const share = Math.min(1, (at_ms - received_min_ms) / (received_max_ms - received_min_ms + 1))
  return first_seq - segment.first_seq + Math.round((last_seq - first_seq + 1) * share)
}
