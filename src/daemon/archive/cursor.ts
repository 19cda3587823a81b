// The small rows of `meta`: where the archive stands, what a partition holds, what retention removed.

import { hashLength, noHash } from './block.ts'
import type { Environment, Put } from './environment.ts'
import { metaKeys, type Position } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

/**
 * Everything up to (epoch, seq) is dealt with. The counters run over the archive's whole life, and the books balance:
 * `archived + duplicate + quarantined + missing + reports + repeated_reports = seq - baseline_seq`.
 */
export type ArchiveCursor = Position & {
  /** The sequence before the first that counts, moved down by what earlier epochs held. */
  baseline_seq: number
  /** `created` of the stream of this epoch; empty before the first epoch. */
  stream_created: string
  archived: number
  duplicate: number
  quarantined: number
  /** Sequences that the stream did not hold when it was read: events that are lost. */
  missing: number
  /** Reports stored, and those that were dropped since their revision or a later one was there (core/stored-report.ts). */
  reports: number
  repeated_reports: number
  /** Hash of the newest block, in hex: the head of the chain. */
  chain: string
}

export const noCursor: ArchiveCursor = {
  epoch: 0,
  seq: 0,
  baseline_seq: 0,
  stream_created: '',
  archived: 0,
  duplicate: 0,
  quarantined: 0,
  missing: 0,
  reports: 0,
  repeated_reports: 0,
  chain: noHash.toString('hex'),
}

/** What one partition holds. */
export type PartitionSummary = {
  blocks: number
  events: number
  quarantined: number
  reports: number
  /** Bounds of received_at; null while it holds no event. */
  oldest_ms: number | null
  newest_ms: number | null
  /** The writer's clock at the last write: a received_at beyond it is a wrong clock somewhere. */
  written_ms: number
}

export const emptySummary: PartitionSummary = {
  blocks: 0,
  events: 0,
  quarantined: 0,
  reports: 0,
  oldest_ms: null,
  newest_ms: null,
  written_ms: 0,
}

/** Checkpoints of a partition count from 1; 0 is made with the partition and indexes nothing. */
export type Checkpoint = Position & {
  number: number
  /** Rows of `seen` for this position; null once a later partition keeps them. */
  seen_chunks: number | null
}

/** What retention removed before this partition, and where the chain goes on. */
export type Anchor = {
  /** Name of the last partition removed. */
  through: string
  chain: string
  blocks: number
  events: number
  quarantined: number
  reports: number
}

type MetaRows = {
  cursor: ArchiveCursor
  partition: PartitionSummary
  checkpoint: Checkpoint
  anchor: Anchor
  next: string
  /** What was known of reports (core/stored-report.ts) when the partition began. */
  reported: [window_id: string, revision: number][]
  format: number
}

/** The format that this code writes; a reader refuses a newer one. 1 had no reports: counts of them read as 0. */
export const archiveFormat = 2

/** Fields that format 1 did not have. */
const addedFields: { [K in keyof MetaRows]?: object } = {
  cursor: { reports: 0, repeated_reports: 0 },
  partition: { reports: 0 },
  anchor: { reports: 0 },
}

export function putMeta<K extends keyof MetaRows>(put: Put, name: K, value: MetaRows[K]): void {
  const key = metaKeys[name]
  put('meta', key, toSealed(key, Buffer.from(JSON.stringify(value))))
}

/** The row, undefined when there is none, 'damaged' when it cannot be trusted. */
export function getMeta<K extends keyof MetaRows>(
  environment: Environment,
  name: K,
): MetaRows[K] | undefined | 'damaged' {
  const key = metaKeys[name]
  const sealed = environment.get('meta', key)
  if (!sealed) return undefined
  const value = fromSealed(key, sealed)
  if (!value) return 'damaged'
  const row: unknown = JSON.parse(value.toString('utf8'))
  const added = addedFields[name]
  return (added ? { ...added, ...(row as object) } : row) as MetaRows[K]
}

export function chainHead(cursor: ArchiveCursor): Buffer {
  const hash = Buffer.from(cursor.chain, 'hex')
  return hash.length === hashLength ? hash : noHash
}
