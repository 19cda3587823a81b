// Verifies one partition: its blocks in their order, its small rows, its quarantine and its indexes.

import { peekEventLine } from '../../core/event-line.ts'
import { startEpoch } from '../../core/seen.ts'
import { type Block, decodeBlock, hashOfBlock } from './block.ts'
import {
  type ArchiveCursor,
  archiveFormat,
  type Checkpoint,
  getMeta,
  type PartitionSummary,
} from './cursor.ts'
import type { Environment } from './environment.ts'
import type { Extent } from './index-page.ts'
import { comparePositions, type Position, parsePositionKey } from './keys.ts'
import { decodeQuarantined } from './quarantine.ts'
import { observeLine } from './recover.ts'
import { readSeen } from './seen-rows.ts'
import type { Walkthrough } from './verify-archive.ts'
import { type IndexedBlock, IndexVerifier, readExtents } from './verify-index.ts'
import { walkBlocks } from './walk-blocks.ts'

/** What must be read at one moment, since a running writer moves the tail into the index. */
export type Snapshot = {
  cursor: ArchiveCursor | undefined | 'damaged'
  format: number | undefined | 'damaged'
  next: string | undefined
  summary: PartitionSummary | undefined | 'damaged'
  checkpoint: Checkpoint | undefined | 'damaged'
  seenSound: boolean
  /** Undefined for an extent that is damaged. */
  extents: (Extent | undefined)[]
  /** By the text of the block's key. */
  tail: Map<string, Buffer>
  blocks: number
  quarantine: Buffer[]
  /** Keys, as of the quarantine. */
  bars: Buffer[]
}

export function readSnapshot(environment: Environment): Snapshot {
  const checkpoint = getMeta(environment, 'checkpoint')
  const chunks = checkpoint && checkpoint !== 'damaged' ? checkpoint.seen_chunks : null
  const tail = new Map<string, Buffer>()
  for (const { key, value } of environment.rows('tail')) tail.set(key.toString('hex'), value)
  return {
    cursor: getMeta(environment, 'cursor'),
    format: getMeta(environment, 'format'),
    next: getMeta(environment, 'next'),
    summary: getMeta(environment, 'partition'),
    checkpoint,
    seenSound: chunks === null || readSeen(environment, chunks) !== undefined,
    extents: checkpoint && checkpoint !== 'damaged' ? readExtents(environment, checkpoint.number) : [],
    tail,
    blocks: environment.count('blocks'),
    quarantine: [...environment.keys('quarantine')],
    bars: [...environment.keys('bars')],
  }
}

const blocksBetweenProgress = 64

export async function verifyPartition(
  environment: Environment,
  snapshot: Snapshot,
  walk: Walkthrough,
): Promise<void> {
  const { name } = environment
  verifyRows(name, snapshot, walk)
  const index = new IndexVerifier(environment, snapshot, walk)
  const before = {
    blocks: walk.totals.blocks,
    events: walk.totals.events,
    quarantined: walk.totals.quarantined,
    reports: walk.totals.reports,
  }
  const reports = [...snapshot.bars]
  let rows = 0
  for (const { key, value } of walkBlocks(environment)) {
    const position = parsePositionKey(key)
    if (rows++ >= snapshot.blocks) break
    const place = `${name} ${position.epoch}/${position.seq}`
    const block = verifyBlock(place, key, value, walk)
    if (block) index.add({ key, ...block })
    else index.skip({ key })
    verifyReports(environment, reports, { epoch: walk.epoch, seq: walk.last_seq }, walk)
    if (walk.totals.blocks % blocksBetweenProgress === 0) await walk.progress()
  }
  verifyReports(environment, reports, endOfAll, walk)
  index.finish()
  verifyQuarantine(environment, snapshot, walk)
  verifyCounts(name, snapshot, walk, before)
}

/** The block when its lines can be trusted. */
function verifyBlock(
  place: string,
  key: Buffer,
  bytes: Buffer,
  walk: Walkthrough,
): Pick<IndexedBlock, 'lines'> | undefined {
  walk.totals.blocks++
  const decoded = decodeBlock(bytes)
  if (!decoded.ok) {
    walk.find('block-damaged', place, `the block cannot be read: ${faultText[decoded.error]}`)
    // The chain goes on from what the next block names; the damage is named already.
    walk.chain = unknownHash
    walk.bars.doubt()
    return undefined
  }
  const { header } = decoded.value
  const position = parsePositionKey(key)
  if (header.epoch !== position.epoch || header.first_seq !== position.seq) {
    walk.find('block-misplaced', place, `the block says that it is ${header.epoch}/${header.first_seq}`)
  }
  if (walk.chain !== unknownHash && !header.prev_hash.equals(walk.chain)) {
    walk.find('chain-broken', place, 'blocks before it are missing or were exchanged')
  }
  walk.chain = Buffer.from(hashOfBlock(bytes))
  verifyOrder(place, decoded.value, walk)
  verifyLines(place, decoded.value, walk)
  return decoded.value
}

const unknownHash = Buffer.alloc(0)

const faultText = {
  truncated: 'it is cut short',
  not_a_block: 'it does not begin as a block',
  version: 'it has a version that this Beacon does not know',
  checksum: 'its bytes were changed',
  payload: 'its parts contradict each other',
}

function verifyOrder(place: string, { header, seqs }: Block, walk: Walkthrough): void {
  if (header.epoch < walk.epoch || (header.epoch === walk.epoch && header.first_seq <= walk.last_seq)) {
    walk.find('sequence-order', place, `it follows the sequence ${walk.epoch}/${walk.last_seq}`)
  }
  if (header.epoch !== walk.epoch) startEpoch(walk.seen)
  // What a lost stream held and the archive does not, the reports may have counted.
  if (header.epoch > walk.epoch && walk.epoch > 0) walk.bars.doubt()
  walk.epoch = header.epoch
  walk.last_seq = seqs[seqs.length - 1] as number
}

function verifyLines(place: string, { header, lines, seqs }: Block, walk: Walkthrough): void {
  const { totals } = walk
  let min = Number.POSITIVE_INFINITY
  let max = 0
  for (let i = 0; i < lines.length; i++) {
    totals.events++
    const line = lines[i] as Buffer
    const received = peekEventLine(line)?.received_at_ms
    if (received === undefined) {
      walk.find('line-unreadable', place, `the line of sequence ${seqs[i]} is not an event`)
      continue
    }
    min = Math.min(min, received)
    max = Math.max(max, received)
    walk.bars.line(line, seqs[i] as number)
    const verdict = observeLine(walk.seen, line)
    if (verdict === 'duplicate') {
      walk.find('event-repeated', place, `the event of sequence ${seqs[i]} is stored a second time`)
    } else if (verdict === 'gap') totals.gaps++
    else if (verdict === 'late') totals.late++
  }
  if (min <= max && (min !== header.received_min_ms || max !== header.received_max_ms)) {
    walk.find('block-misplaced', place, 'its times are not those of its lines')
  }
}

function verifyRows(name: string, snapshot: Snapshot, { find }: Walkthrough): void {
  for (const row of ['cursor', 'format', 'summary', 'checkpoint', 'next'] as const) {
    if (snapshot[row] === 'damaged') find('row-damaged', name, `the ${row} row was changed`)
  }
  if (snapshot.cursor === undefined) find('row-damaged', name, 'the cursor row is missing')
  if (snapshot.summary === undefined) find('row-damaged', name, 'the summary row is missing')
  if (snapshot.checkpoint === undefined) find('row-damaged', name, 'the checkpoint row is missing')
  if (!snapshot.seenSound) {
    find(
      'row-damaged',
      name,
      'the state of the duplicate rule was changed; the writer rebuilds it from the blocks',
    )
  }
  if (typeof snapshot.format === 'number' && snapshot.format > archiveFormat) {
    find('partition-unreadable', name, `its format is ${snapshot.format}, this Beacon knows ${archiveFormat}`)
  }
}

function verifyQuarantine(environment: Environment, { quarantine }: Snapshot, walk: Walkthrough): void {
  for (const key of quarantine) {
    const position = parsePositionKey(key)
    walk.totals.quarantined++
    const sealed = environment.read(() => environment.get('quarantine', key))
    if (!sealed || !decodeQuarantined(key, sealed)) {
      const place = `${environment.name} ${position.epoch}/${position.seq}`
      walk.find('row-damaged', place, 'the quarantined input was changed')
    }
  }
}

const endOfAll: Position = { epoch: Number.MAX_SAFE_INTEGER, seq: 0 }

/** Those before `end`: the claims that they counted have been seen. */
function verifyReports(environment: Environment, keys: Buffer[], end: Position, walk: Walkthrough): void {
  while (keys[0] && comparePositions(parsePositionKey(keys[0]), end) < 0)
    walk.bars.row(environment, keys.shift() as Buffer)
}

function verifyCounts(
  name: string,
  { summary }: Snapshot,
  { totals, find }: Walkthrough,
  before: { blocks: number; events: number; quarantined: number; reports: number },
): void {
  if (!summary || summary === 'damaged') return
  for (const count of ['blocks', 'events', 'quarantined', 'reports'] as const) {
    const found = totals[count] - before[count]
    const written = summary[count]
    if (found !== written) {
      find('counts-differ', name, `it should hold ${written} ${count} and holds ${found}`)
    }
  }
}
