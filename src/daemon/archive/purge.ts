// Purges the stream behind the archives, and says how far this one is.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { eventsStream } from '../../core/subjects.ts'
import type { ArchiveHolds } from './archive-holds.ts'
import type { ArchiveWriter } from './archive-writer.ts'

/** Sequences kept in the stream behind the cursor, so that a reader can join archive and stream, and an aggregator can start. */
const rebuild_margin = 100_000
const interval_ms = 1_000
/** An archive that has nothing to do says that it lives: well before the others take it for gone. */
const alive_ms = 20_000

/** Each second, until the function that it returns is called; that says once more how far the archive is. */
export function purgeBehindArchives(
  jsm: JetStreamManager,
  writer: Pick<ArchiveWriter, 'cursor'>,
  holds: ArchiveHolds,
  log: Logger,
): () => Promise<void> {
  let said = { seq: -1, at_ms: 0 }
  let running = false
  const say = async (): Promise<void> => {
    const { seq, stream_created } = writer.cursor()
    if (seq === said.seq && performance.now() - said.at_ms < alive_ms) return
    await holds.put({ stream_created, seq })
    said = { seq, at_ms: performance.now() }
  }
  const step = async (): Promise<void> => {
    await say()
    const { seq, stream_created } = writer.cursor()
    const { state, config } = await jsm.streams.info(eventsStream)
    // Where the margin would fill the stream, there is none.
    const margin = state.bytes > config.max_bytes / 2 ? 0 : rebuild_margin
    if (seq + 1 - margin <= state.first_seq) return
    const reached = Math.min(seq, await holds.othersReached(stream_created))
    const keepFrom = reached + 1 - margin
    if (keepFrom > state.first_seq) await jsm.streams.purge(eventsStream, { seq: keepFrom })
  }
  const timer = setInterval(() => {
    if (running) return
    running = true
    step()
      .catch((error: unknown) =>
        log.warn({ error: String(error) }, 'the stream was not purged; it is tried again'),
      )
      .finally(() => {
        running = false
      })
  }, interval_ms)
  return async () => {
    clearInterval(timer)
    await say().catch(() => undefined)
  }
}
