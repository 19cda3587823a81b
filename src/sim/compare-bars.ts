// Holds BarReports against the ledger of claims. Pure.

import type { BarReport } from '../core/bar-report.ts'
import type { BarBook, Range } from './claim-ledger.ts'

export type BarDifference = {
  from_beat: number
  /** Of the report that was compared; null when there is none. */
  revision: number | null
  /** `agents_reporting is 998, the ledger says 1,000`. */
  message: string
}

export type BarComparison = {
  /** Bars that were seen whole and have ended. */
  bars: number
  agree: number
  differences: BarDifference[]
}

/** A bar without an acknowledged claim needs no report. `reports` are the last revisions. `books` are of bars that this swarm saw whole, and nobody else claimed in. */
export function compareBars(
  books: readonly BarBook[],
  reports: readonly Pick<BarReport, Compared>[],
): BarComparison {
  const byBeat = new Map(reports.map((report) => [report.from_beat, report]))
  const differences = books.flatMap((book) => compareBar(book, byBeat.get(book.from_beat)))
  const differing = new Set(differences.map(({ from_beat }) => from_beat))
  return { bars: books.length, agree: books.length - differing.size, differences }
}

type Compared =
  | 'from_beat'
  | 'to_beat'
  | 'revision'
  | 'agents_reporting'
  | 'on_time_reviews'
  | 'help_promises_fulfilled'
  | 'claims'

function compareBar(book: BarBook, report: Pick<BarReport, Compared> | undefined): BarDifference[] {
  const { from_beat } = book
  if (!report) return book.claims_least === 0 ? [] : [{ from_beat, revision: null, message: 'no report' }]
  const wanted: [keyof BarReport & Compared, Range][] = [
    ['to_beat', { least: book.to_beat, most: book.to_beat }],
    ['agents_reporting', book.agents],
    ['on_time_reviews', { least: 0, most: book.reviews_most }],
    ['help_promises_fulfilled', book.promises],
    ['claims', { least: book.claims_least, most: Number.POSITIVE_INFINITY }],
  ]
  return wanted
    .filter(([field, { least, most }]) => !(report[field] >= least && report[field] <= most))
    .map(([field, range]) => ({
      from_beat,
      revision: report.revision,
      message: `${field} is ${report[field]}, the ledger says ${toText(range)}`,
    }))
}

function toText({ least, most }: Range): string {
  if (least === most) return String(least)
  return most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
}
