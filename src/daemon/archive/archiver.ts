// The archiver: the stream's events, in order, into the archive; then, and only then, the stream may forget them.
//
// It never waits for anything but the stream and its own disk. Its position is the archive's cursor, which was
// flushed with the rows; so after any death it goes on exactly where the disk says.

import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import { connectBroker } from '../../client/connect.ts'
import { type FeedMessage, openEventFeed } from '../../client/event-feed.ts'
import { BeaconError } from '../../core/errors.ts'
import { eventsStream, isReportSubject, parseEventSubject } from '../../core/subjects.ts'
import type { Service, ServiceContext } from '../service.ts'
import { archiveId, openArchiveHolds } from './archive-holds.ts'
import { type ArchiveWriter, openArchiveWriter } from './archive-writer.ts'
import { makeFlushTimes } from './flush-times.ts'
import { purgeBehindArchives } from './purge.ts'
import { parseQuarantineMessage } from './quarantine-message.ts'
import { reconcile } from './reconcile.ts'
import { toStreamReport } from './report-row.ts'
import type { Arrived } from './stage.ts'

const report_interval_ms = 1_000
const retention_interval_ms = 60_000
const drain_ms = 10_000
const retry_first_ms = 100
const retry_max_ms = 5_000

export const runArchiver: Service = async (context) => {
  const { config, home, log, signal } = context
  const nc = await connectBroker({ url: context.nats_url, name: context.instance, timeout_ms: 5_000 })
  const writer = await openArchiveWriter({
    dir: home.archive,
    batch: config.batch,
    retention_ms: config.retention_ms,
  })
  const closeFeed = new AbortController()
  const timers: NodeJS.Timeout[] = []
  let stopPurging = async (): Promise<void> => undefined
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false })
    const holds = await openArchiveHolds(nc, archiveId(home.archive))
    await reconcile({ jsm, writer, holds, log, signal })
    const feed = await openEventFeed(nc, {
      from: writer.cursor().seq + 1,
      signal: closeFeed.signal,
      onHole: (from, to) =>
        log.error({ from, to }, 'the stream does not hold these sequences: events are lost'),
      onRestart: (reason) => log.warn({ reason }, 'reading the stream anew'),
    })
    const flushes = makeFlushTimes()
    let blocked: string | null = null
    const report = (): void => {
      const { seq, archived, duplicate, quarantined, missing, reports, repeated_reports, baseline_seq } =
        writer.cursor()
      context.report({
        archived_total: archived,
        duplicate_total: duplicate,
        quarantined_total: quarantined,
        missing_total: missing,
        reports_total: reports,
        repeated_reports_total: repeated_reports,
        cursor_seq: seq,
        baseline_seq,
        lag: feed.pending(),
        blocked,
        ...flushes.stats(),
      })
    }
    timers.push(
      setInterval(() => void expire(writer, log), retention_interval_ms),
      setInterval(report, report_interval_ms),
    )
    stopPurging = purgeBehindArchives(jsm, writer, holds, log)
    report()
    context.ready()
    let drainTo: number | undefined
    let drainUntil = Number.POSITIVE_INFINITY
    for (;;) {
      if (signal.aborted && drainTo === undefined) {
        drainTo = await lastSeq(jsm)
        drainUntil = performance.now() + drain_ms
      }
      if (drainTo !== undefined && (writer.cursor().seq >= drainTo || performance.now() > drainUntil)) break
      const gather = signal.aborted
        ? {
            messages: 1,
            wait_ms: 0,
            hurry: AbortSignal.timeout(Math.max(1, Math.ceil(drainUntil - performance.now()))),
          }
        : { messages: config.batch, wait_ms: config.flush_ms, hurry: signal }
      const messages = await feed.next(gather)
      if (!messages) break
      if (messages.length === 0) continue
      const started = performance.now()
      await appendUntilStored(writer, messages, context, (reason) => {
        blocked = reason
      })
      flushes.record(performance.now() - started, messages.length)
    }
  } finally {
    for (const timer of timers) clearInterval(timer)
    await stopPurging()
    closeFeed.abort()
    await writer.close()
    await nc.close()
  }
}

/** A full disk is waited out: nothing is dropped, the stream fills, and the gateways refuse in time. */
async function appendUntilStored(
  writer: ArchiveWriter,
  messages: FeedMessage[],
  { signal, log }: ServiceContext,
  onBlocked: (reason: string | null) => void,
): Promise<void> {
  const { events, quarantined, reports } = sort(messages)
  let retry_ms = retry_first_ms
  for (;;) {
    try {
      await writer.append(events, quarantined, reports)
      onBlocked(null)
      return
    } catch (error) {
      if (!(error instanceof BeaconError && error.code === 'disk_full') || signal.aborted) throw error
      onBlocked(error.detail)
      log.error({ detail: error.detail, retry_ms }, 'the archive cannot be written; it is tried again')
      await new Promise((resolve) => setTimeout(resolve, retry_ms))
      retry_ms = Math.min(retry_ms * 2, retry_max_ms)
    }
  }
}

function sort(messages: FeedMessage[]): Arrived {
  const arrived: Arrived = { events: [], quarantined: [], reports: [] }
  for (const { seq, subject, data } of messages) {
    const agentId = subject.startsWith('beacon.ev.') ? parseEventSubject(subject) : undefined
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    if (agentId !== undefined) {
      arrived.events.push({ seq, agent_id: agentId, line: bytes })
      continue
    }
    const report = isReportSubject(subject) ? toStreamReport(seq, bytes) : undefined
    if (report) arrived.reports.push(report)
    else arrived.quarantined.push({ seq, subject, ...parseQuarantineMessage(bytes, Date.now()) })
  }
  return arrived
}

async function expire(writer: ArchiveWriter, log: ServiceContext['log']): Promise<void> {
  try {
    const removed = await writer.retention()
    if (removed.length > 0) log.info({ removed }, 'partitions older than the retention were removed')
  } catch (error) {
    log.error({ err: error }, 'the retention failed; it is tried again')
  }
}

async function lastSeq(jsm: JetStreamManager): Promise<number | undefined> {
  try {
    const info: StreamInfo = await jsm.streams.info(eventsStream)
    return info.state.last_seq
  } catch {
    return 0
  }
}
