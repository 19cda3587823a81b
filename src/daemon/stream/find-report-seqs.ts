// Where reports stand in the stream behind a sequence. They are few, one a bar, and mostly there is none: one request.

import type { JetStreamManager } from '@nats-io/jetstream'
import { barsSubjects, eventsStream } from '../../core/subjects.ts'

/** Beyond so many the archiver has been away for hours. */
const reports_max = 100

/** Sequences of the first reports behind `seq`, ascending. */
export async function findReportSeqs(jsm: JetStreamManager, seq: number): Promise<number[]> {
  const seqs: number[] = []
  while (seqs.length < reports_max) {
    const after = seqs.at(-1) ?? seq
    const found = await jsm.direct.getMessage(eventsStream, { seq: after + 1, next_by_subj: barsSubjects })
    if (!found) break
    seqs.push(found.seq)
  }
  return seqs
}
