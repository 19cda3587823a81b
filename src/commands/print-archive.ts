// Prints events of the archive, oldest first; what history and query share.

import { BeaconError } from '../core/errors.ts'
import type { CommandContext } from './command-context.ts'
import { type EventFilter, makeEventFilter } from './event-filter.ts'
import type { StoredEvent } from './print-events.ts'

export type ArchiveQuery = EventFilter & {
  agent?: string | undefined
  since?: number | undefined
  until?: number | undefined
  /** The last so many matches. */
  last?: number | undefined
}

const chunk_events = 500

/** Throws not_found when nothing matched, archive_missing when there is no archive. */
export async function printArchive(
  context: CommandContext<unknown, unknown>,
  query: ArchiveQuery,
): Promise<void> {
  const matches = makeEventFilter(query)
  const [{ openArchiveReader }, { makeEventPrinter }] = await Promise.all([
    import('../daemon/archive/archive-reader.ts'),
    import('./print-events.ts'),
  ])
  const reader = openArchiveReader(context.home.archive)
  try {
    const bounds = {
      ...(query.agent === undefined ? {} : { agent: query.agent }),
      ...(query.since === undefined ? {} : { since_ms: query.since }),
      ...(query.until === undefined ? {} : { until_ms: query.until }),
    }
    const events =
      query.last === undefined
        ? reader.scan(bounds)
        : lastOf(reader.scan({ ...bounds, newestFirst: true }), query.last, matches)
    const printer = await makeEventPrinter(context)
    let printed = 0
    let chunk: StoredEvent[] = []
    for (const event of events) {
      if (!matches(event)) continue
      chunk.push(event)
      printed++
      if (chunk.length < chunk_events) continue
      await printer.print(chunk)
      chunk = []
      if (context.signal.aborted) break
    }
    await printer.print(chunk)
    await printer.end()
    if (printed === 0) throw new BeaconError('not_found', 'no event of the archive matches')
  } finally {
    await reader.close()
  }
}

function lastOf(
  newestFirst: Iterable<StoredEvent>,
  count: number,
  matches: (event: StoredEvent) => boolean,
): StoredEvent[] {
  const events: StoredEvent[] = []
  if (count === 0) return events
  for (const event of newestFirst) {
    if (!matches(event)) continue
    events.push(event)
    if (events.length >= count) break
  }
  return events.reverse()
}
