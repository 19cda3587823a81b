// Proves the archive from its own bytes: every block unchanged, in its place and in the chain, every number once, the
// indexes as the blocks say, and the books balanced. It streams: memory holds the duplicate rule's state, not events.

import { BeaconError } from '../../core/errors.ts'
import { makeSeen, type Seen } from '../../core/seen.ts'
import { noHash } from './block.ts'
import { type Anchor, type ArchiveCursor, getMeta } from './cursor.ts'
import { Environment } from './environment.ts'
import { listPartitions } from './partition.ts'
import { BarsVerifier } from './verify-bars.ts'
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
  | 'report-repeated'
  | 'report-differs'
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
  reports: number
  /** Those whose counts were held against the archived claims: not where claims are missing or came before the archive. */
  recounted_reports: number
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
  /** Partitions whose newest event is older are taken as they are. */
  since_ms?: number | undefined
  signal?: AbortSignal
  onProgress?(events: number): void
}

/** What the walk over all partitions carries along. */
export type Walkthrough = {
  seen: Seen
  epoch: number
  last_seq: number
  chain: Buffer
  totals: VerifyTotals
  bars: BarsVerifier
  find(kind: FindingKind, place: string, message: string): void
  progress(): Promise<void>
}

/** A damaged archive has a finding for each place; these are kept, all are counted. */
const findingsMax = 1000

/** Throws BeaconError `archive_missing` when there is nothing to verify, and the signal's reason when aborted. */
export async function verifyArchive(dir: string, options: VerifyOptions = {}): Promise<Verdict> {
  const findings: Finding[] = []
  const totals: VerifyTotals = { ...noTotals }
  const find = (kind: FindingKind, place: string, message: string): void => {
    totals.findings++
    if (findings.length < findingsMax) findings.push({ kind, place, message })
  }
  const names = listPartitions(dir)
  if (names.length === 0) throw new BeaconError('archive_missing', `${dir} holds none`)
  const environments = openAll(dir, names, find)
  try {
    const anchor = anchorBefore(environments, options.since_ms) ?? readAnchor(environments, find)
    const walk: Walkthrough = {
      seen: makeSeen(),
      epoch: 0,
      last_seq: -1,
      chain: anchor ? Buffer.from(anchor.chain, 'hex') : noHash,
      totals,
      bars: new BarsVerifier({ totals, find }, !anchor && isWhole(environments[0])),
      find,
      async progress() {
        options.onProgress?.(totals.events)
        await new Promise((resolve) => setImmediate(resolve))
        options.signal?.throwIfAborted()
      },
    }
    const cursor = await verifyPartitions(dir, environments, names, anchor, walk)
    if (cursor) verifyBooks(cursor, anchor, walk)
    totals.numbered_agents = walk.seen.numbers.size
    totals.duplicate = cursor?.duplicate ?? 0
    totals.missing = cursor?.missing ?? 0
    totals.removed_events = anchor?.events ?? 0
    return { findings, totals, cursor }
  } finally {
    for (const environment of environments) await environment.close()
  }
}

type Find = Walkthrough['find']

/** All at once: what is open stays readable when retention removes it meanwhile. */
function openAll(dir: string, names: string[], find: Find): Environment[] {
  const environments: Environment[] = []
  for (const name of names) {
    try {
      environments.push(new Environment(dir, name, 'read'))
    } catch (error) {
      // Retention may have come in between: the anchor read below then covers it.
      if (!listPartitions(dir).includes(name)) continue
      find('partition-unreadable', name, error instanceof Error ? error.message : String(error))
    }
  }
  return environments
}

/** Stands for the partitions that hold nothing from `since_ms` on: the walk begins behind them, at their chain's end. */
function anchorBefore(environments: Environment[], since_ms = 0): Anchor | undefined {
  let anchor: Anchor | undefined
  for (const environment of environments.slice(0, -1)) {
    const { cursor, partition } = environment.read(() => ({
      cursor: getMeta(environment, 'cursor'),
      partition: getMeta(environment, 'partition'),
    }))
    const known = cursor && cursor !== 'damaged' && partition && partition !== 'damaged'
    if (!known || partition.newest_ms === null || partition.newest_ms >= since_ms) break
    const { chain, archived, quarantined, reports } = cursor
    anchor = { through: environment.name, chain, blocks: 0, events: archived, quarantined, reports }
  }
  return anchor
}

/** The archive began with the stream. */
function isWhole(oldest: Environment | undefined): boolean {
  const cursor = oldest?.read(() => getMeta(oldest, 'cursor'))
  return cursor !== undefined && cursor !== 'damaged' && cursor.epoch === 1 && cursor.baseline_seq === 0
}

/** What retention removed stands in the newest partition. */
function readAnchor(environments: Environment[], find: Find): Anchor | undefined {
  const newest = environments[environments.length - 1]
  const anchor = newest?.read(() => getMeta(newest, 'anchor'))
  if (anchor !== 'damaged') return anchor
  find('row-damaged', newest?.name ?? '', 'the anchor row was changed')
  return undefined
}

/** Walks all of them; the last one's cursor is where the verification ends, whatever a running writer adds. */
async function verifyPartitions(
  dir: string,
  environments: Environment[],
  names: string[],
  anchor: Anchor | undefined,
  walk: Walkthrough,
): Promise<ArchiveCursor | null> {
  let cursor: ArchiveCursor | null = null
  for (const [i, environment] of environments.entries()) {
    const { name } = environment
    if (anchor && name <= anchor.through) continue
    const snapshot = environment.read(() => readSnapshot(environment))
    const { next } = snapshot
    // A running writer may have begun it after the names were listed.
    if (
      next !== undefined &&
      next !== 'damaged' &&
      !names.includes(next) &&
      !listPartitions(dir).includes(next)
    ) {
      walk.find('partition-missing', name, `the partition ${next} followed it and is not there`)
    }
    walk.totals.partitions++
    for (const each of environments.slice(i, i + 2)) walk.bars.load(each)
    await verifyPartition(environment, snapshot, walk)
    if (snapshot.cursor && snapshot.cursor !== 'damaged') cursor = snapshot.cursor
  }
  return cursor
}

function verifyBooks(cursor: ArchiveCursor, anchor: Anchor | undefined, walk: Walkthrough): void {
  const { archived, duplicate, quarantined, missing, reports, repeated_reports, seq, baseline_seq } = cursor
  const place = `cursor ${cursor.epoch}/${seq}`
  const { find, totals } = walk
  if (walk.chain.toString('hex') !== cursor.chain) {
    find(
      'chain-broken',
      place,
      'the newest block is not the one that the cursor names: blocks are missing at the end',
    )
  }
  const dealtWith = archived + duplicate + quarantined + missing + reports + repeated_reports
  if (dealtWith !== seq - baseline_seq) {
    const sum = `${archived} archived + ${duplicate} duplicate + ${quarantined} quarantined + ${missing} missing + ${reports} reports + ${repeated_reports} repeated`
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
  const reportRows = totals.reports + (anchor?.reports ?? 0)
  if (reportRows !== reports) {
    find(
      'books-unbalanced',
      place,
      `${reports} reports were archived, ${reportRows} are here or were removed by retention`,
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
  reports: 0,
  recounted_reports: 0,
  numbered_agents: 0,
  gaps: 0,
  late: 0,
  removed_events: 0,
  findings: 0,
}
