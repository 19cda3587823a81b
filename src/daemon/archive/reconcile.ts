// Brings archive and stream to one numbering before anything new is accepted.
//
// A sequence must never be used twice. After a power cut in `fast` the stream can come back shorter than the
// archive, which flushes on its own: then the stream's next sequence is moved past the cursor. A stream that
// was made anew begins a new epoch.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { eventsStream } from '../../core/subjects.ts'
import { sleepOrAbort } from '../sleep-or-abort.ts'
import type { ArchiveHolds } from './archive-holds.ts'
import type { ArchiveWriter } from './archive-writer.ts'

export type Reconciling = {
  jsm: JetStreamManager
  writer: Pick<ArchiveWriter, 'cursor' | 'beginEpoch'>
  holds: ArchiveHolds
  log: Logger
  signal: AbortSignal
}

/** After it the stream is purged by nobody beyond this archive's cursor. Waits no longer when the signal aborts. */
export async function reconcile({ jsm, writer, holds, log, signal }: Reconciling): Promise<void> {
  const cursor = writer.cursor()
  await holds.put(cursor)
  // Another archive may have looked just before that, and be about to purge.
  if ((await holds.othersReached(cursor.stream_created)) < Number.POSITIVE_INFINITY)
    await sleepOrAbort(purge_ms, signal)
  const { created, state } = await jsm.streams.info(eventsStream)
  if (cursor.stream_created !== created) {
    await writer.beginEpoch({ stream_created: created, baseline_seq: state.first_seq - 1 })
    await holds.put(writer.cursor())
    log.info(
      { epoch: writer.cursor().epoch, first_seq: state.first_seq },
      'a new epoch begins with a new stream',
    )
    return
  }
  if (state.last_seq < cursor.seq) {
    await waitForOthers(holds, created, state.last_seq, signal)
    if (signal.aborted) return
    await jsm.streams.purge(eventsStream, { seq: cursor.seq + 1 })
    log.warn(
      { stream_last_seq: state.last_seq, cursor_seq: cursor.seq },
      'the stream came back shorter than the archive, as a power cut can leave it; all of it was archived, and the numbering goes on behind it',
    )
  }
}

/** A purge that was begun is through by then. */
const purge_ms = 1_000
const poll_ms = 200

/** What the stream still holds, this archive has; the others must have it too before it goes. One that is gone stops counting. */
async function waitForOthers(
  holds: ArchiveHolds,
  stream_created: string,
  seq: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && (await holds.othersReached(stream_created)) < seq)
    await sleepOrAbort(poll_ms, signal)
}
