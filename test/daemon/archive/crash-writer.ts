// A writer to be killed: appends without end, in appends of changing size, and prints the cursor after each one that resolved.

import { openArchiveWriter } from '../../../src/daemon/archive/archive-writer.ts'
import { day_ms, makeEvents, start_ms } from './make-events.ts'

const dir = process.argv[2] as string
const writer = await openArchiveWriter({
  dir,
  batch: 20,
  retention_ms: 2 * day_ms,
  checkpoint_events: 150,
  now: () => start_ms + 365 * day_ms,
})
for (let size = 1; ; size = (size * 7 + 3) % 61) {
  const from = writer.cursor().seq + 1
  const events = makeEvents(from, from + size, (seq) => ({
    // An hour for each 400 events, so that partitions roll over.
    received_at_ms: start_ms + seq * 9_000,
    agent_seq: seq,
    run: 'r',
  }))
  await writer.append(events)
  process.stdout.write(`${writer.cursor().seq}\n`)
}
