// One sequence of events from two places: the archive up to its cursor, and what of the stream is behind it.

import { peekEventLine } from '../../core/event-line.ts'
import type { ArchiveReader } from '../archive/archive-reader.ts'
import { comparePositions, type Position } from '../archive/keys.ts'
import type { ScanOptions } from '../archive/scan.ts'
import type { Recent, RecentEvent } from './recent-events.ts'

export type StoredEvent = Position & { line: Buffer }

export type Wanted = {
  agent?: string
  from_seq?: number
  to_seq?: number
  since_ms?: number
  until_ms?: number
  newestFirst?: boolean
}

/** The wanted events in the wanted order. `onDamage` is told of each block that is passed over. */
export function* mergedEvents(
  reader: ArchiveReader,
  recent: Recent,
  wanted: Wanted,
  onDamage: (block: string) => void,
): Generator<StoredEvent> {
  if (wanted.newestFirst) {
    yield* recentEvents(recent, wanted)
    yield* archivedEvents(reader, recent.cursor, wanted, onDamage)
  } else {
    yield* archivedEvents(reader, recent.cursor, wanted, onDamage)
    yield* recentEvents(recent, wanted)
  }
}

function* archivedEvents(
  reader: ArchiveReader,
  cursor: Position,
  wanted: Wanted,
  onDamage: (block: string) => void,
): Generator<StoredEvent> {
  const bounds = toBounds(reader, cursor, wanted)
  if (!bounds) return
  const { agent, since_ms, until_ms, newestFirst = false } = wanted
  const options: ScanOptions = {
    ...bounds,
    newestFirst,
    ...(agent === undefined ? {} : { agent }),
    ...(since_ms === undefined ? {} : { since_ms }),
    ...(until_ms === undefined ? {} : { until_ms }),
    onDamage: (partition, block, fault) => onDamage(`${partition} ${block.epoch}/${block.seq} (${fault})`),
  }
  yield* reader.scan(options)
}

/** From where to where in the archive; undefined when nothing there is wanted. */
function toBounds(
  { timeline }: ArchiveReader,
  cursor: Position,
  { from_seq, to_seq, since_ms, until_ms }: Wanted,
): { from?: Position; to: Position } | undefined {
  const epochs = from_seq === undefined && to_seq === undefined ? [] : timeline.epochs()
  const froms: Position[] = []
  const tos: Position[] = [{ epoch: cursor.epoch, seq: cursor.seq }]
  if (from_seq !== undefined) froms.push(toPosition(epochs, cursor, from_seq))
  if (to_seq !== undefined) tos.push(toPosition(epochs, cursor, to_seq))
  if (since_ms !== undefined) {
    const from = timeline.since(since_ms)
    if (!from) return undefined
    froms.push(from)
  }
  if (until_ms !== undefined) {
    const to = timeline.until(until_ms)
    if (!to) return undefined
    tos.push(to)
  }
  const from = froms.sort(comparePositions).at(-1)
  const to = tos.sort(comparePositions)[0] as Position
  if (from && comparePositions(from, to) > 0) return undefined
  return { ...(from && { from }), to }
}

/**
 * Where a sequence is. A stream that was made anew goes on behind the archive, so that a sequence says all; where it did
 * not, the newest epoch that reaches down to the sequence is meant.
 */
export function toPosition(epochs: Position[], cursor: Position, seq: number): Position {
  if (seq > cursor.seq) return { epoch: cursor.epoch, seq }
  const epoch = epochs.findLast((first) => first.seq <= seq)?.epoch ?? epochs[0]?.epoch ?? cursor.epoch
  return { epoch, seq }
}

function* recentEvents({ cursor, events }: Recent, wanted: Wanted): Generator<StoredEvent> {
  const step = wanted.newestFirst ? -1 : 1
  for (let i = wanted.newestFirst ? events.length - 1 : 0; i >= 0 && i < events.length; i += step) {
    const event = events[i] as RecentEvent
    if (isWanted(event, wanted)) yield { epoch: cursor.epoch, seq: event.seq, line: event.line }
  }
}

function isWanted(
  event: RecentEvent,
  {
    agent,
    from_seq = 0,
    to_seq = Number.MAX_SAFE_INTEGER,
    since_ms = 0,
    until_ms = Number.MAX_VALUE,
  }: Wanted,
): boolean {
  return (
    event.seq >= from_seq &&
    event.seq <= to_seq &&
    event.received_at_ms >= since_ms &&
    event.received_at_ms <= until_ms &&
    (agent === undefined || event.agent_id === agent)
  )
}

export const receivedAt = ({ line }: { line: Buffer }): number => peekEventLine(line)?.received_at_ms ?? 0
