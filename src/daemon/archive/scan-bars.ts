// Scans one partition's reports in order, a few rows at a time: no transaction stays open between them.

import { getMeta } from './cursor.ts'
import { damaged } from './damaged.ts'
import type { Environment } from './environment.ts'
import { comparePositions, type Position, parsePositionKey, toPositionKey } from './keys.ts'
import { decodeReport, type ReportRecord } from './report-row.ts'

export type BarsScan = {
  /** First position wanted, and the last one. */
  from?: Position
  to?: Position
  /** Partitions that were written only long before it are left out; in the others it is the caller who judges. */
  since_ms?: number
  newestFirst?: boolean
  /** Called for a row that cannot be read, which is then passed over. Without it the scan throws `archive_damaged`. */
  onDamage?(partition: string, row: Position): void
}

const rowsAtOnce = 64
/** So far apart the clocks of who issued a report and of the archive's writer may be. */
const clocks_ms = 3_600_000

/** Nothing of the partition is wanted, as far as its small rows tell. */
export function isBarsBeside(environment: Environment, { from, since_ms = 0 }: BarsScan): boolean {
  const { cursor, summary } = environment.read(() => ({
    cursor: getMeta(environment, 'cursor'),
    summary: getMeta(environment, 'partition'),
  }))
  if (from && cursor && cursor !== 'damaged' && comparePositions(cursor, from) < 0) return true
  return summary !== undefined && summary !== 'damaged' && summary.written_ms + clocks_ms < since_ms
}

export function* scanBars(environment: Environment, scan: BarsScan): Generator<ReportRecord> {
  const { from, to, newestFirst: reverse = false, onDamage } = scan
  const first = reverse ? to : from
  const last = reverse ? from : to
  let range: { start?: Buffer; after?: Buffer } = first ? { start: toPositionKey(first) } : {}
  for (;;) {
    const rows = environment.read(() => [
      ...environment.rows('bars', { ...range, reverse, limit: rowsAtOnce }),
    ])
    for (const { key, value } of rows) {
      const position = parsePositionKey(key)
      const order = last ? comparePositions(position, last) : 0
      if (reverse ? order < 0 : order > 0) return
      const record = decodeReport(key, value)
      if (record) yield record
      else if (onDamage) onDamage(environment.name, position)
      else throw damaged(environment.name, `the report ${position.epoch}/${position.seq}`)
    }
    const end = rows.at(-1)
    if (!end || rows.length < rowsAtOnce) return
    range = { after: end.key }
  }
}
