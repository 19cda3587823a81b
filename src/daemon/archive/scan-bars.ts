// Scans one partition's reports in order, a few rows at a time: no transaction stays open between them.

import { damaged } from './damaged.ts'
import type { Environment } from './environment.ts'
import { comparePositions, type Position, parsePositionKey, toPositionKey } from './keys.ts'
import { decodeReport, type ReportRecord } from './report-row.ts'

export type BarsScan = {
  /** First position wanted, and the last one. */
  from?: Position
  to?: Position
  newestFirst?: boolean
  /** Called for a row that cannot be read, which is then passed over. Without it the scan throws `archive_damaged`. */
  onDamage?(partition: string, row: Position): void
}

const rowsAtOnce = 64

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
