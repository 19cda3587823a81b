// Prints what there is, oldest first: what history and query share. With the daemon running that includes what is
// not archived yet, joined at the exact sequence as in tail.

import { BeaconError } from '../core/errors.ts'
import type { CommandContext } from './command-context.ts'
import { type EventFilter, makeEventFilter } from './event-filter.ts'

export type ArchiveQuery = EventFilter & {
  agent?: string | undefined
  since?: number | undefined
  until?: number | undefined
  /** The last so many matches. */
  last?: number | undefined
}

/** Throws not_found when nothing matched, archive_missing when there is no archive. */
export async function printArchive(
  context: CommandContext<unknown, unknown>,
  query: ArchiveQuery,
): Promise<void> {
  const matches = makeEventFilter(query)
  const [{ tail }, { openArchiveReader }, { makeEventPrinter }, { connectDaemon }] = await Promise.all([
    import('../daemon/archive/tail.ts'),
    import('../daemon/archive/archive-reader.ts'),
    import('./print-events.ts'),
    import('./connect-daemon.ts'),
  ])
  const reader = openArchiveReader(context.home.archive)
  const nc = await connectDaemon(context, 'reader', 'beacon-query').catch((error: unknown) => {
    if (error instanceof BeaconError && error.code === 'daemon_unreachable') return undefined
    throw error
  })
  try {
    const events = tail({
      dir: context.home.archive,
      reader,
      nc,
      follow: false,
      matches,
      signal: context.signal,
      ...(query.agent === undefined ? {} : { agent: query.agent }),
      ...(query.since === undefined ? {} : { since_ms: query.since }),
      ...(query.until === undefined ? {} : { until_ms: query.until }),
      ...(query.last === undefined ? {} : { last: query.last }),
    })
    const printer = await makeEventPrinter(context)
    let printed = 0
    for await (const chunk of events) {
      printed += chunk.length
      await printer.print(chunk)
    }
    await printer.end()
    if (printed === 0) throw new BeaconError('not_found', 'no event matches')
  } finally {
    await reader.close()
    await nc?.close()
  }
}
