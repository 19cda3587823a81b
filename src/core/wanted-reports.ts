// Which stored reports a search wants, by the beginning of their window and by when they were issued.

import type { BarReport, BarsRequest } from './bar-report.ts'

export type WantedReports = Pick<BarsRequest, 'window' | 'since_ms' | 'until_ms'>

/** Reports stand in the order in which they were issued, but for the clocks of those who issued them: these differ by no more. */
export const issuerClocks_ms = 3_600_000

export function isWantedReport(
  { issued_at, window_id }: BarReport,
  { window = '', since_ms = 0, until_ms = Number.MAX_VALUE }: WantedReports,
): boolean {
  const issued_ms = Date.parse(issued_at)
  return issued_ms >= since_ms && issued_ms <= until_ms && window_id.startsWith(window)
}
