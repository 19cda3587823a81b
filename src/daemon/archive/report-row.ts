// Reports in the archive: the message as it stood in the stream, sealed; and which revisions are there already.

import type { BarReport } from '../../core/bar-report.ts'
import { observeReport, parseBarReport, type Reported } from '../../core/stored-report.ts'
import { getMeta } from './cursor.ts'
import type { Environment } from './environment.ts'
import { type Position, parsePositionKey, toPositionKey } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

/** A report of the stream; `line` is its JSON. */
export type StreamReport = {
  seq: number
  window_id: string
  revision: number
  issued_at_ms: number
  line: Buffer
}

export type ReportRecord = Position & { report: BarReport }

/** Undefined when the message is no report. */
export function toStreamReport(seq: number, line: Buffer): StreamReport | undefined {
  const report = parseBarReport(line.toString('utf8'))
  if (!report) return undefined
  const { window_id, revision, issued_at } = report
  return { seq, window_id, revision, issued_at_ms: Date.parse(issued_at), line }
}

export function encodeReport(epoch: number, { seq, line }: StreamReport): { key: Buffer; value: Buffer } {
  const key = toPositionKey({ epoch, seq })
  return { key, value: toSealed(key, line) }
}

/** Undefined when the row is damaged. */
export function decodeReport(key: Buffer, sealed: Buffer): ReportRecord | undefined {
  const value = fromSealed(key, sealed)
  const report = value && parseBarReport(value.toString('utf8'))
  if (!report) return undefined
  return { ...parsePositionKey(key), report }
}

/** What the writer had observed when it stood here: what it knew when the partition began, and the rows since. Call within `read`. */
export function readReported(environment: Environment): Reported {
  const before = getMeta(environment, 'reported')
  const reported: Reported = new Map(before === 'damaged' ? [] : before)
  for (const { key, value } of environment.rows('bars')) {
    const record = decodeReport(key, value)
    if (record) observeReport(reported, record.report)
  }
  return reported
}
