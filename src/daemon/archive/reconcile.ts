// Brings archive and stream to one numbering before anything new is accepted.
//
// A sequence must never be used twice. After a power cut in `fast` the stream can come back shorter than the
// archive, which flushes on its own: then the stream's next sequence is moved past the cursor. A stream that
// was made anew begins a new epoch.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { eventsStream } from '../../core/subjects.ts'
import type { ArchiveWriter } from './archive-writer.ts'

export async function reconcile(jsm: JetStreamManager, writer: ArchiveWriter, log: Logger): Promise<void> {
  const { created, state } = await jsm.streams.info(eventsStream)
  const cursor = writer.cursor()
  if (cursor.stream_created !== created) {
    await writer.beginEpoch({ stream_created: created, baseline_seq: state.first_seq - 1 })
    log.info(
      { epoch: writer.cursor().epoch, first_seq: state.first_seq },
      'a new epoch begins with a new stream',
    )
    return
  }
  if (state.last_seq < cursor.seq) {
    await jsm.streams.purge(eventsStream, { seq: cursor.seq + 1 })
    log.warn(
      { stream_last_seq: state.last_seq, cursor_seq: cursor.seq },
      'the stream came back shorter than the archive, as a power cut can leave it; all of it was archived, and the numbering goes on behind it',
    )
  }
}
