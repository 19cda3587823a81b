// Waits at the end of a run until the BarReports agree with the ledger, since late claims are in a later revision.

import type { BarsDocument } from '../core/bar-report.ts'
import { beatMs } from '../core/beat.ts'
import type { Beat } from '../core/beat-tracker.ts'
import type { BarBook } from './claim-ledger.ts'
import { type BarComparison, compareBars } from './compare-bars.ts'
import type { Door } from './door.ts'
import { pause } from './pause.ts'

const look_ms = 250
/** Beyond the end of the bar in which the run ended: the last revision is issued then. */
const grace_ms = 2_000

/** The comparison at the end; null when no reports could be had. One look only when `signal` is aborted. */
export async function awaitReports(options: {
  door: Pick<Door, 'get'>
  books(): readonly BarBook[]
  /** When the run ended. */
  end: Beat
  wall_ms(): number
  signal: AbortSignal
}): Promise<BarComparison | null> {
  const { door, books, end, wall_ms, signal } = options
  const barEnds_ms = end.starts_ms + (end.to_beat + 1 - end.beat_index) * beatMs(end.tempo_bpm)
  const until = performance.now() + barEnds_ms - wall_ms() + grace_ms
  for (;;) {
    const reports = books().length > 0 ? await askBars(door) : []
    const comparison = reports ? compareBars(books(), reports) : null
    if (comparison?.differences.length === 0) return comparison
    if (performance.now() > until || !(await pause(look_ms, signal))) return comparison
  }
}

async function askBars(door: Pick<Door, 'get'>): Promise<BarsDocument['bars'] | undefined> {
  const answer = await door.get('/api/v1/bars?limit=1000')
  if (!answer.ok || answer.status !== 200) return undefined
  try {
    return (JSON.parse(answer.body) as BarsDocument).bars
  } catch {
    return undefined
  }
}
