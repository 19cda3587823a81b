// Finds reports in the archive and at the end of the stream, and goes on with those that come.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/nats-core'
import type { StoredBar } from '../core/bar-report.ts'
import { BeaconError } from '../core/errors.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'
import { issuerClocks_ms, isWantedReport } from '../core/wanted-reports.ts'
import type { ArchiveReader } from '../daemon/archive/archive-reader.ts'
import type { BarsTail } from '../daemon/archive/bars-tail.ts'
import type { WantedBars } from './bars.ts'
import { barColumns } from './bars-table.ts'
import type { CommandContext } from './command-context.ts'
import { printRows } from './output.ts'
import type { Heading } from './table-layout.ts'

/** The stream says at once that there is a report; this is for a word that was not heard. */
const look_ms = 2_000

/** Oldest first. `tail` stands at the end of the archive, and then at that of the stream. */
export async function findReports(
  reader: ArchiveReader,
  tail: BarsTail,
  wanted: WantedBars,
): Promise<StoredBar[]> {
  const to = tail.position
  const recent: StoredBar[] = []
  try {
    for await (const bar of tail.next()) recent.push(bar)
  } catch (cause) {
    throw new BeaconError('daemon_unreachable', `the stream does not answer: ${String(cause)}`, { cause })
  }
  const found: StoredBar[] = []
  const windows = new Set<string>()
  for (const bar of newestFirst(recent, reader, { to, since_ms: wanted.since_ms })) {
    if (found.length >= wanted.last || Date.parse(bar.issued_at) < wanted.since_ms - issuerClocks_ms) break
    if (!isWantedReport(bar, wanted) || (!wanted.revisions && windows.has(bar.window_id))) continue
    windows.add(bar.window_id)
    found.push(bar)
  }
  return found.reverse()
}

function* newestFirst(
  recent: StoredBar[],
  reader: ArchiveReader,
  scan: Parameters<ArchiveReader['bars']>[0],
): Generator<StoredBar> {
  yield* recent.toReversed()
  for (const { seq, report } of reader.bars({ ...scan, newestFirst: true })) yield { ...report, seq }
}

/** Prints `bars`, and each report that is stored behind them, until the signal aborts. Every revision is a line. */
export async function followReports(
  {
    output,
    io,
    signal,
    options,
  }: Pick<CommandContext, 'output' | 'io' | 'signal'> & { options: { until: number | undefined } },
  nc: NatsConnection,
  tail: BarsTail,
  bars: StoredBar[],
): Promise<void> {
  const until_ms = options.until ?? Number.MAX_SAFE_INTEGER
  const print = (rows: StoredBar[], heading: Heading) =>
    printRows({ output, io }, rows, { name: 'bars', columns: barColumns, heading })
  await print(bars, true)
  let wake = (): void => undefined
  nc.subscribe(backbeatSubjects('*').bar, { callback: () => wake() })
  while (!signal.aborted) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    const fresh: StoredBar[] = []
    try {
      for await (const bar of tail.next()) fresh.push(bar)
    } catch {
      // The broker is away: what comes until it is back is in the stream or in the archive then.
    }
    const wanted = fresh.filter((bar) => Date.parse(bar.issued_at) <= until_ms)
    if (wanted.length > 0) await print(wanted, 'above')
    if (wanted.length < fresh.length) return
    const end = new AbortController()
    const stop = (): void => end.abort()
    signal.addEventListener('abort', stop, { once: true })
    await Promise.race([woken, sleep(look_ms, undefined, { signal: end.signal }).catch(() => undefined)])
    signal.removeEventListener('abort', stop)
    end.abort()
  }
}
