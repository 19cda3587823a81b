// Reads the archive, in any process, with its writer running or not. Every transaction ends before a result is given
// out, so a slow consumer holds nothing back.
//
// LMDB shares an environment within a process in the mode that opened it first: do not read in the writer's process.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import type { Reported } from '../../core/stored-report.ts'
import { type ArchiveCursor, getMeta } from './cursor.ts'
import { damaged } from './damaged.ts'
import { Environment } from './environment.ts'
import { comparePositions, type Position } from './keys.ts'
import { dataFile, listPartitions } from './partition.ts'
import { decodeQuarantined, type QuarantineRecord } from './quarantine.ts'
import { ReaderPartitions, readSummary } from './reader-partitions.ts'
import { type Recovered, recover } from './recover.ts'
import { type ReportRecord, readReported } from './report-row.ts'
import { type ArchivedEvent, type ScanOptions, scanPartition } from './scan.ts'
import { type BarsScan, isBarsBeside, scanBars } from './scan-bars.ts'
import { Timeline } from './timeline.ts'

export type ArchiveStats = {
  partitions: number
  blocks: number
  events: number
  quarantined: number
  reports: number
  /** Size of the files, free pages included. */
  bytes: number
  /** Bounds of received_at; null without events. */
  oldest_ms: number | null
  newest_ms: number | null
}

/** Throws BeaconError `archive_missing` when there is no archive in `dir`. */
export function openArchiveReader(dir: string): ArchiveReader {
  if (listPartitions(dir).length === 0) throw new BeaconError('archive_missing', `${dir} holds none`)
  return new ArchiveReader(dir)
}

export class ArchiveReader {
  readonly #partitions: ReaderPartitions
  readonly timeline: Timeline

  /** An archive that does not exist yet reads as empty; `openArchiveReader` refuses it. */
  constructor(dir: string) {
    this.#partitions = new ReaderPartitions(dir)
    this.timeline = new Timeline(this.#partitions)
  }

  /** Where the writer stands; undefined before its first write. */
  cursor(): ArchiveCursor | undefined {
    const done = this.#partitions.use()
    try {
      for (const name of this.#partitions.names().reverse()) {
        const environment = this.#partitions.get(name)
        const cursor = environment?.read(() => getMeta(environment, 'cursor'))
        if (cursor === 'damaged') throw damaged(name, 'its cursor row')
        if (cursor) return cursor
      }
      return undefined
    } finally {
      done()
    }
  }

  /** Where the writer stands, and which reports it has by then; undefined before its first write. */
  reported(): { cursor: ArchiveCursor; reported: Reported } | undefined {
    const done = this.#partitions.use()
    try {
      const newest = this.#partitions.names().at(-1)
      const environment = newest === undefined ? undefined : this.#partitions.get(newest)
      return environment?.read(() => {
        const cursor = getMeta(environment, 'cursor')
        if (!cursor || cursor === 'damaged') throw damaged(environment.name, 'its cursor row')
        return { cursor, reported: readReported(environment) }
      })
    } finally {
      done()
    }
  }

  /** The wanted events in order, read a few blocks at a time; ends where the archive ends when it gets there. */
  *scan(options: ScanOptions = {}): Generator<ArchivedEvent> {
    const { limit = Number.POSITIVE_INFINITY } = options
    if (limit <= 0) return
    const done = this.#partitions.use()
    try {
      let count = 0
      for (const event of options.newestFirst ? this.#backward(options) : this.#forward(options)) {
        yield event
        if (++count >= limit) return
      }
    } finally {
      done()
    }
  }

  /** The last events of one agent, oldest first. */
  lastOfAgent(agent: string, limit: number): ArchivedEvent[] {
    return [...this.scan({ agent, limit, newestFirst: true })].reverse()
  }

  /** Reports, in the order of the stream or the other way round. */
  *bars(scan: BarsScan = {}): Generator<ReportRecord> {
    const done = this.#partitions.use()
    try {
      const names = this.#partitions.names()
      for (const name of scan.newestFirst ? names.reverse() : names) {
        const environment = this.#partitions.get(name)
        if (environment && !isBarsBeside(environment, scan)) yield* scanBars(environment, scan)
      }
    } finally {
      done()
    }
  }

  /** Quarantined input, oldest first. */
  *quarantine(): Generator<QuarantineRecord> {
    const done = this.#partitions.use()
    try {
      for (const name of this.#partitions.names()) {
        const environment = this.#partitions.get(name)
        if (!environment) continue
        for (const row of pagedRows(environment)) {
          const record = decodeQuarantined(row.key, row.value)
          if (!record) throw damaged(name, 'a row of the quarantine')
          yield record
        }
      }
    } finally {
      done()
    }
  }

  stats(): ArchiveStats {
    const done = this.#partitions.use()
    try {
      const stats: ArchiveStats = { ...emptyStats }
      for (const name of this.#partitions.names()) {
        const environment = this.#partitions.get(name)
        if (!environment) continue
        const { summary } = readSummary(environment)
        stats.partitions++
        stats.blocks += summary.blocks
        stats.events += summary.events
        stats.quarantined += summary.quarantined
        stats.reports += summary.reports
        stats.bytes += statSync(join(environment.path, dataFile), { throwIfNoEntry: false })?.size ?? 0
        stats.oldest_ms = least(stats.oldest_ms, summary.oldest_ms, Math.min)
        stats.newest_ms = least(stats.newest_ms, summary.newest_ms, Math.max)
      }
      return stats
    } finally {
      done()
    }
  }

  async close(): Promise<void> {
    await this.#partitions.close()
  }

  *#forward(options: ScanOptions): Generator<ArchivedEvent> {
    let at: string | undefined
    let last: Position | undefined
    for (;;) {
      const name = this.#after(at)
      if (name === undefined) return
      const environment = this.#partitions.get(name)
      at = name
      if (!environment || isPartitionBeside(environment, options)) continue
      // What the writer added to this partition before it began the next one must not be passed over.
      for (let closed = false; !closed; ) {
        closed = this.#after(name) !== undefined
        const from =
          last && (!options.from || comparePositions(last, options.from) >= 0) ? behind(last) : options.from
        for (const event of scanPartition(environment, from ? { ...options, from } : options)) {
          last = { epoch: event.epoch, seq: event.seq }
          yield event
        }
        if (this.#after(name) === undefined) return
      }
    }
  }

  *#backward(options: ScanOptions): Generator<ArchivedEvent> {
    for (const name of this.#partitions.names().reverse()) {
      const environment = this.#partitions.get(name)
      if (environment && !isPartitionBeside(environment, options)) yield* scanPartition(environment, options)
    }
  }

  #after(name: string | undefined): string | undefined {
    const names = this.#partitions.names()
    return name === undefined ? names[0] : names.find((each) => each > name)
  }
}

/** The duplicate rule's state at the cursor, as the writer itself recovers it. Throws BeaconError `archive_missing`. */
export function loadSeen(dir: string): Recovered {
  const opened: Environment[] = []
  const open = (name: string): Environment => {
    const environment = new Environment(dir, name, 'read')
    opened.push(environment)
    return environment
  }
  try {
    const names = listPartitions(dir)
    const newest = names.pop()
    if (newest === undefined) throw new BeaconError('archive_missing', `${dir} holds none`)
    const environment = open(newest)
    return recover(environment, () => [...names.map(open), environment])
  } finally {
    for (const environment of opened) void environment.close()
  }
}

const emptyStats: ArchiveStats = {
  partitions: 0,
  blocks: 0,
  events: 0,
  quarantined: 0,
  reports: 0,
  bytes: 0,
  oldest_ms: null,
  newest_ms: null,
}

function least(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  return a === null ? b : b === null ? a : choose(a, b)
}

const behind = ({ epoch, seq }: Position): Position => ({ epoch, seq: seq + 1 })

/** Nothing of the partition is wanted, as far as its small rows tell; damage there costs only time. */
function isPartitionBeside(environment: Environment, { from, since_ms, until_ms }: ScanOptions): boolean {
  const { cursor, summary } = environment.read(() => ({
    cursor: getMeta(environment, 'cursor'),
    summary: getMeta(environment, 'partition'),
  }))
  if (from && cursor && cursor !== 'damaged' && comparePositions(cursor, from) < 0) return true
  if (!summary || summary === 'damaged') return false
  const { oldest_ms, newest_ms } = summary
  return (
    (since_ms !== undefined && newest_ms !== null && newest_ms < since_ms) ||
    (until_ms !== undefined && oldest_ms !== null && oldest_ms > until_ms)
  )
}

const rowsAtOnce = 64

function* pagedRows(environment: Environment) {
  let after: Buffer | undefined
  for (;;) {
    const rows = environment.read(() => [
      ...environment.rows('quarantine', { ...(after && { after }), limit: rowsAtOnce }),
    ])
    yield* rows
    after = rows[rows.length - 1]?.key
    if (rows.length < rowsAtOnce) return
  }
}
