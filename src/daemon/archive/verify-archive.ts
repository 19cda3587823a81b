// Proves the archive from its own bytes: every block unchanged, in its place and in the chain, every number once, the
// indexes as the blocks say, and the books balanced. It streams: memory holds the duplicate rule's state, not events.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import { makeSeen, type Seen } from '../../core/seen.ts'
import { noHash } from './block.ts'
import { type Anchor, type ArchiveCursor, getMeta } from './cursor.ts'
import { Environment } from './environment.ts'
import { dataFile, listPartitions } from './partition.ts'
import { readSnapshot, verifyPartition } from './verify-partition.ts'

export type FindingKind =
  | 'partition-missing'
  | 'partition-unreadable'
  | 'row-damaged'
  | 'block-damaged'
  | 'block-misplaced'
  | 'chain-broken'
  | 'sequence-order'
  | 'line-unreadable'
  | 'event-repeated'
  | 'index-damaged'
  | 'index-differs'
  | 'counts-differ'
  | 'books-unbalanced'
  | 'sequences-missing'

export type Finding = {
  kind: FindingKind
  /** Partition, and the block as epoch/first sequence where there is one: `2026-11-21 1/501`. */
  place: string
  message: string
}

export type VerifyTotals = {
  partitions: number
  blocks: number
  events: number
  quarantined: number
  duplicate: number
  missing: number
  /** Agents with numbered events, the leaps in their numbers, and the events that came behind a higher number. */
  numbered_agents: number
  gaps: number
  late: number
  /** What retention removed before. */
  removed_events: number
  findings: number
}

export type Verdict = { findings: Finding[]; totals: VerifyTotals; cursor: ArchiveCursor | null }

export type VerifyOptions = {
  signal?: AbortSignal
  onProgress?(events: number): void
}

/** What the walk over all partitions carries along. */
export type Walkthrough = {
  /** Everything behind it was written after the verification began. */
  end: ArchiveCursor
  seen: Seen
  epoch: number
  last_seq: number
  chain: Buffer
  totals: VerifyTotals
  find(kind: FindingKind, place: string, message: string): void
  progress(): Promise<void>
}

/** A damaged archive has a finding for each place; these are kept, all are counted. */
const findingsMax = 1000

/** Throws BeaconError `archive_missing` when there is nothing to verify, and the signal's reason when aborted. */
export async function verifyArchive(dir: string, options: VerifyOptions = {}): Promise<Verdict> {
  const names = listPartitions(dir)
  if (names.length === 0) throw new BeaconError('archive_missing', `${dir} holds none`)
  const findings: Finding[] = []
  const totals: VerifyTotals = { ...noTotals }
  const find = (kind: FindingKind, place: string, message: string): void => {
    totals.findings++
    if (findings.length < findingsMax) findings.push({ kind, place, message })
  }
  const { cursor, anchor } = await readEnds(dir, names, find)
  if (!cursor) return { findings, totals, cursor: null }
  const walk: Walkthrough = {
    end: cursor,
    seen: makeSeen(),
    epoch: 0,
    last_seq: -1,
    chain: anchor ? Buffer.from(anchor.chain, 'hex') : noHash,
    totals,
    find,
    async progress() {
      options.onProgress?.(totals.events)
      await new Promise((resolve) => setImmediate(resolve))
      options.signal?.throwIfAborted()
    },
  }
  await verifyPartitions(dir, names, anchor, walk)
  verifyBooks(cursor, anchor, walk)
  totals.numbered_agents = walk.seen.size
  totals.duplicate = cursor.duplicate
  totals.missing = cursor.missing
  totals.removed_events = anchor?.events ?? 0
  return { findings, totals, cursor }
}

type Find = Walkthrough['find']

/** Where the archive ends, and where retention lets it begin: both stand in the newest partition. */
async function readEnds(dir: string, names: string[], find: Find) {
  for (const name of [...names].reverse()) {
    const environment = openForVerify(dir, name, () => undefined)
    if (!environment) continue
    const { cursor, anchor } = environment.read(() => ({
      cursor: getMeta(environment, 'cursor'),
      anchor: getMeta(environment, 'anchor'),
    }))
    await environment.close()
    if (cursor === 'damaged' || cursor === undefined)
      find('row-damaged', name, 'the cursor row cannot be read')
    if (anchor === 'damaged') find('row-damaged', name, 'the anchor row cannot be read')
    if (cursor && cursor !== 'damaged') return { cursor, anchor: anchor === 'damaged' ? undefined : anchor }
  }
  return { cursor: undefined, anchor: undefined }
}

async function verifyPartitions(
  dir: string,
  names: string[],
  anchor: Anchor | undefined,
  walk: Walkthrough,
): Promise<void> {
  for (const name of names) {
    if (anchor && name <= anchor.through) continue
    const environment = openForVerify(dir, name, walk.find)
    if (!environment) continue
    try {
      const snapshot = environment.read(() => readSnapshot(environment))
      if (
        typeof snapshot.next === 'string' &&
        snapshot.next !== 'damaged' &&
        !names.includes(snapshot.next)
      ) {
        walk.find('partition-missing', name, `the partition ${snapshot.next} followed it and is not there`)
      }
      walk.totals.partitions++
      await verifyPartition(environment, snapshot, walk)
    } finally {
      await environment.close()
    }
  }
}

function openForVerify(dir: string, name: string, find: Find): Environment | undefined {
  try {
    const environment = new Environment(dir, name, 'read')
    const size = statSync(join(dir, name, dataFile)).size
    // Reading behind the end of a mapped file kills the process, so a file cut short is not read at all.
    if (size >= environment.bytes) return environment
    find('partition-unreadable', name, `its file has ${size} bytes and should have ${environment.bytes}`)
    void environment.close()
  } catch (error) {
    find('partition-unreadable', name, error instanceof Error ? error.message : String(error))
  }
  return undefined
}

function verifyBooks(cursor: ArchiveCursor, anchor: Anchor | undefined, walk: Walkthrough): void {
  const { archived, duplicate, quarantined, missing, seq, baseline_seq } = cursor
  const place = `cursor ${cursor.epoch}/${seq}`
  const { find, totals } = walk
  if (walk.chain.toString('hex') !== cursor.chain) {
    find(
      'chain-broken',
      place,
      'the newest block is not the one that the cursor names: blocks are missing at the end',
    )
  }
  if (archived + duplicate + quarantined + missing !== seq - baseline_seq) {
    const sum = `${archived} archived + ${duplicate} duplicate + ${quarantined} quarantined + ${missing} missing`
    find('books-unbalanced', place, `${sum} is not ${seq - baseline_seq}, the sequences up to the cursor`)
  }
  const events = totals.events + (anchor?.events ?? 0)
  if (events !== archived) {
    find(
      'books-unbalanced',
      place,
      `${archived} events were archived, ${events} are here or were removed by retention`,
    )
  }
  const rows = totals.quarantined + (anchor?.quarantined ?? 0)
  if (rows !== quarantined) {
    find(
      'books-unbalanced',
      place,
      `${quarantined} were quarantined, ${rows} are here or were removed by retention`,
    )
  }
  if (missing > 0) {
    find('sequences-missing', place, `${missing} sequences were no longer in the stream when they were due`)
  }
}

const noTotals: VerifyTotals = {
  partitions: 0,
  blocks: 0,
  events: 0,
  quarantined: 0,
  duplicate: 0,
  missing: 0,
  numbered_agents: 0,
  gaps: 0,
  late: 0,
  removed_events: 0,
  findings: 0,
}
