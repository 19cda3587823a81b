// What the bars view remembers.

import type { StoredBar } from '../../core/bar-report.ts'
import type { PulseDocument } from '../../core/pulse-document.ts'
import { type BarList, emptyBars } from './bar-list.ts'

export type BarsState = {
  list: BarList
  /** Names the moment that the list is of; null before the first. */
  moment: string | null
  /** Id of the question that is on its way. */
  asked: string | null
  /** Something was answered for this moment: an empty list is known to be empty. */
  answered: boolean
  /** Why there is no answer, in words. Not escaped. */
  error: string | null
  /** The model's clock at the last question: what is missing is not asked for without end. */
  asked_ms: number
  /** Windows whose row was replaced by a later revision, and until when that stands out. */
  revised: readonly { window_id: string; until_ms: number }[]
  /** What the pulse says of itself; null when it does not answer. */
  pulse: PulseDocument | null
  /** A report that was asked for alone, because the list does not hold it. */
  single: StoredBar | null
  /** A window that was asked for and has no report. */
  unreported: string | null
  /** The issue under the cursor of the open report. */
  issue: number
}

export const barsInit: BarsState = {
  list: emptyBars,
  moment: null,
  asked: null,
  answered: false,
  error: null,
  asked_ms: 0,
  revised: [],
  pulse: null,
  single: null,
  unreported: null,
  issue: 0,
}
