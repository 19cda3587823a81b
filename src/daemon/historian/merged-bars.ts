// One sequence of reports from two places: the archive up to its cursor, and what of the stream is behind it.

import type { StoredBar } from '../../core/bar-report.ts'
import type { ArchiveReader } from '../archive/archive-reader.ts'
import type { BarsScan } from '../archive/scan-bars.ts'
import type { BarsSearch } from './history-request.ts'
import { toPosition } from './merged-events.ts'
import type { Recent } from './recent-events.ts'

/** Those between the wanted sequences, in the order of the search; times and the window are left to the caller. */
export function* mergedBars(
  reader: ArchiveReader,
  recent: Recent,
  search: BarsSearch,
  onDamage: (row: string) => void,
): Generator<StoredBar> {
  if (search.first) {
    yield* archivedBars(reader, recent, search, onDamage)
    yield* recentBars(recent, search)
  } else {
    yield* recentBars(recent, search)
    yield* archivedBars(reader, recent, search, onDamage)
  }
}

function* archivedBars(
  reader: ArchiveReader,
  { cursor }: Recent,
  { from_seq, to_seq, since_ms, first }: BarsSearch,
  onDamage: (row: string) => void,
): Generator<StoredBar> {
  const epochs = from_seq === undefined && to_seq === undefined ? [] : reader.timeline.epochs()
  const { epoch, seq } = cursor
  const scan: BarsScan = {
    to: to_seq === undefined || to_seq > seq ? { epoch, seq } : toPosition(epochs, cursor, to_seq),
    newestFirst: !first,
    ...(from_seq === undefined ? {} : { from: toPosition(epochs, cursor, from_seq) }),
    ...(since_ms === undefined ? {} : { since_ms }),
    onDamage: (partition, row) => onDamage(`${partition} report ${row.epoch}/${row.seq}`),
  }
  for (const { seq, report } of reader.bars(scan)) yield { ...report, seq }
}

function* recentBars(
  { reports }: Recent,
  { from_seq = 0, to_seq = Number.MAX_SAFE_INTEGER, first }: BarsSearch,
): Generator<StoredBar> {
  const wanted = reports.filter(({ seq }) => seq >= from_seq && seq <= to_seq)
  yield* first ? wanted : wanted.reverse()
}
