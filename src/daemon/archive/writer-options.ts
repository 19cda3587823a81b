// What the archive's writer is opened with, and what begins an epoch.

export type ArchiveWriterOptions = {
  dir: string
  /** Events of a block at most. */
  batch: number
  retention_ms: number
  /** Wall clock, milliseconds. */
  now?: () => number
  /** Events after which the tail is indexed. */
  checkpoint_events?: number
}

export type NewEpoch = {
  /** `created` of the stream, which tells its incarnations apart. */
  stream_created: string
  /** The last sequence that this epoch does not hold: 0 for a fresh stream. */
  baseline_seq: number
}
