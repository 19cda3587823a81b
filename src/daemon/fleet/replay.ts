// Folds what the archive holds into a fleet, in slices, so that whoever shares the event loop gets its turn.

import { setImmediate as breathe } from 'node:timers/promises'
import { noteReport } from '../../core/bars.ts'
import type { BarBounds } from '../../core/beat.ts'
import { peekAgentId } from '../../core/event-line.ts'
import { type Fleet, fold } from '../../core/fleet.ts'
import { parseFleetEvent } from '../../core/fleet-event.ts'
import { startEpoch } from '../../core/seen.ts'
import type { ArchiveReader } from '../archive/archive-reader.ts'
import { comparePositions, type Position } from '../archive/keys.ts'

/** A fleet, and where it stands: it holds everything up to there. */
export type FoldedFleet = { fleet: Fleet; at: Position }

export type ReplayOptions = {
  /** The last position wanted. */
  to: Position
  signal: AbortSignal
  /** Told of each damaged block, which is passed over. */
  onDamage(block: string): void
  /** Told before a claim or a report is folded, since it may push the oldest bars out. */
  beforeBar?(fleet: Fleet, bar: BarBounds): void
}

const slice_ms = 10
/** Events between two looks at the clock. */
const look_events = 64

/** Resolves with the number of events folded. When the signal aborts it rejects, and the fleet stands where it got. */
export async function replay(
  reader: ArchiveReader,
  folded: FoldedFleet,
  { to, signal, onDamage, beforeBar }: ReplayOptions,
): Promise<number> {
  let count = 0
  let pause = performance.now() + slice_ms
  const from = { epoch: folded.at.epoch, seq: folded.at.seq + 1 }
  const events = reader.scan({
    from,
    to,
    onDamage: (partition, block, fault) => onDamage(`${partition} ${block.epoch}/${block.seq} (${fault})`),
  })
  const reports = reader.bars({
    from,
    to,
    onDamage: (partition, row) => onDamage(`${partition} report ${row.epoch}/${row.seq}`),
  })
  let report = reports.next()
  /** What was reported before `end`. */
  const noteReports = (end: Position): void => {
    for (; !report.done && comparePositions(report.value, end) < 0; report = reports.next()) {
      beforeBar?.(folded.fleet, report.value.report)
      noteReport(folded.fleet.bars, report.value.report)
    }
  }
  for (const { epoch, seq, line } of events) {
    noteReports({ epoch, seq })
    moveTo(folded, { epoch, seq })
    foldLine(folded.fleet, seq, line, beforeBar)
    if (++count % look_events === 0 && performance.now() > pause) {
      await breathe()
      signal.throwIfAborted()
      pause = performance.now() + slice_ms
    }
  }
  noteReports({ epoch: to.epoch, seq: to.seq + 1 })
  moveTo(folded, to)
  return count
}

function moveTo(folded: FoldedFleet, { epoch, seq }: Position): void {
  if (epoch !== folded.at.epoch) startEpoch(folded.fleet.seen)
  folded.at = { epoch, seq }
}

/** An archived line, or one of the stream that the archiver will keep. */
export function foldLine(
  fleet: Fleet,
  seq: number,
  line: Buffer,
  beforeBar?: ReplayOptions['beforeBar'],
): void {
  const agent = peekAgentId(line)
  const event = agent === undefined ? undefined : parseFleetEvent(line, seq, agent)
  if (!event) return
  if (event.claim) beforeBar?.(fleet, event.claim)
  fold(fleet, event)
}
