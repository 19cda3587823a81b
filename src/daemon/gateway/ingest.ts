// A body from any door to its answer.

import { BeaconError } from '../../core/errors.ts'
import { type Admitter, admitEntries } from './admission.ts'
import { toBody, toMediaType } from './body-forms.ts'
import { toBodyText } from './body-text.ts'
import type { Door } from './door.ts'
import type { GatewayCounts } from './gateway-counts.ts'
import { type Answer, toAnswer, toErrorAnswer } from './ingest-answer.ts'
import type { Lanes } from './lanes.ts'
import { makeTurnstile } from './turnstile.ts'

export type IngestRequest = {
  bytes: Buffer
  content_type: string | undefined
  content_encoding: string | undefined
}

/** Never rejects for what a sender can do: the answer says it. */
export type Ingest = (door: Door, request: IngestRequest) => Promise<Answer>

/** Above it a body's parsed form is large enough that one at a time is right. */
const heavyBytes = 1024 * 1024

export function makeIngest({
  lanes,
  stamp,
  counts,
  line_bytes_max,
}: {
  lanes: Lanes
  stamp: Admitter['stamp']
  counts: GatewayCounts
  line_bytes_max: number
}): Ingest {
  const turnstile = makeTurnstile()
  const admitter: Admitter = { stamp, admit: lanes.admit, line_bytes_max }

  async function take(door: Door, { bytes, content_type, content_encoding }: IngestRequest): Promise<Answer> {
    const parse = door.open()
    const type = toMediaType(content_type)
    // What is compressed may unfold to 16 MiB: bodies that cost memory pass one by one, the others do not wait.
    const heavy = bytes.length > heavyBytes || content_encoding !== undefined
    const leave = heavy ? await turnstile.enter() : undefined
    try {
      const blocked = lanes.blocked()
      if (blocked) throw new BeaconError(blocked.code, blocked.detail)
      const text = await toBodyText(bytes, content_encoding)
      const body = toBody(text, type, door, parse)
      if (text.length <= heavyBytes) leave?.()
      const tally = await admitEntries(body.entries, admitter)
      counts.onTally(tally)
      return toAnswer(door, body, tally)
    } finally {
      leave?.()
    }
  }

  return async (door, request) => {
    const start = performance.now()
    counts.requestStarted()
    let answer: Answer | undefined
    try {
      answer = await take(door, request)
    } catch (error) {
      if (!(error instanceof BeaconError)) throw error
      answer = toErrorAnswer(error)
    } finally {
      counts.requestEnded(answer?.status ?? 500, performance.now() - start)
    }
    return answer
  }
}
