// The small rows of `meta`: where the archive stands, what a partition holds, what retention removed.

import { hashLength, noHash } from './block.ts'
import type { Environment, Put } from './environment.ts'
import { metaKeys, type Position } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

/**
 * Everything up to (epoch, seq) is dealt with. The counters run over the archive's whole life, and the books balance:
 * `archived + duplicate + quarantined + missing = seq - baseline_seq`.
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
  chain: noHash.toString('hex'),
}

/** What one partition holds. */
export type PartitionSummary = {
  blocks: number
  events: number
  quarantined: number
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
}

type MetaRows = {
  cursor: ArchiveCursor
  partition: PartitionSummary
  checkpoint: Checkpoint
  anchor: Anchor
  next: string
  format: number
}

/** The format that this code writes; a reader refuses a newer one. */
export const archiveFormat = 1

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
  return value ? (JSON.parse(value.toString('utf8')) as MetaRows[K]) : 'damaged'
}

export function chainHead(cursor: ArchiveCursor): Buffer {
  const hash = Buffer.from(cursor.chain, 'hex')
  return hash.length === hashLength ? hash : noHash
}
