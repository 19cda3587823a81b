// Answers on the bars that are open: as they fill up, and what would be reported of one now.

import type { WindowDocument, WindowsDocument } from '../../core/bar-report.ts'
import { type Bar, toOpenBar } from '../../core/bars.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { reportOf, runningBar } from '../../core/reverb.ts'
import { Refusal } from './endpoint.ts'
import type { LivePicture } from './live-picture.ts'

export function toWindowsDocument(live: LivePicture, beat: Beat | undefined): WindowsDocument {
  const { fleet, reverb } = live
  return {
    schema: 'beacon.windows.v1',
    cluster_id: reverb.cluster_id,
    at: new Date().toISOString(),
    windows: barsOf(live, beat).map((bar) => toOpenBar(fleet.bars, bar)),
  }
}

/** Throws a refusal when the window is not open. */
export function toWindowDocument(live: LivePicture, beat: Beat | undefined, window: unknown): WindowDocument {
  const { fleet, reverb } = live
  const bar = barsOf(live, beat).find(({ window_id }) => window_id === window)
  if (!bar) throw new Refusal(404, 'this window is not open')
  const now_ms = Date.now()
  const next = reportOf(reverb, bar, { fleet, now_ms })
  return {
    schema: 'beacon.window.v1',
    cluster_id: reverb.cluster_id,
    at: new Date(now_ms).toISOString(),
    open: true,
    window: toOpenBar(fleet.bars, bar),
    report: bar.report?.claims === bar.claims ? bar.report : next,
  }
}

/** Those that claims may still come for, and the one that runs, where nobody has claimed anything for it. */
function barsOf({ fleet, reverb }: LivePicture, beat: Beat | undefined): Bar[] {
  const { open } = fleet.bars
  if (!beat) return open
  const running = runningBar(reverb, beat, fleet)
  const last = beat.from_beat - beat.beats_per_bar
  return [...open.filter(({ from_beat }) => from_beat >= last), ...(running ? [running] : [])].sort(
    (a, b) => a.from_beat - b.from_beat,
  )
}
