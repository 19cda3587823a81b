// Takes the entries of one body through the lanes, in order and in slices, and counts what became of each.

import { limits } from '../../core/event.ts'
import { type Entry, tooLarge } from './body-forms.ts'
import type { EntryEvent, EntryIssue } from './door.ts'
import type { Admission, LaneMessage, NotStored } from './lanes.ts'
import type { StampEvent } from './stamp.ts'

export type EntryError = { index: number; line?: number } & EntryIssue

export type Tally = {
  accepted: number
  rejected: number
  /** The first ones; `rejected` and `not_stored` count the rest. */
  errors: EntryError[]
  /** Valid events without a promise, as ranges of indexes [first, last]. */
  not_stored: [number, number][]
  not_stored_count: number
  failure?: NotStored
  /** The sequence of the last accepted event. */
  last_seq: number
}

export type Admitter = {
  stamp: StampEvent
  admit(messages: readonly LaneMessage[]): Promise<Admission>
  /** What the broker takes at most, of an event as it is stored. */
  line_bytes_max: number
}

const errorsMax = 100
/** Bounds what one request puts into the lanes at a time; fills two lanes twice. */
const sliceMax = 4_000

export async function admitEntries(
  entries: Iterable<Entry>,
  { stamp, admit, line_bytes_max }: Admitter,
): Promise<Tally> {
  const tally = makeTally()
  let messages: LaneMessage[] = []
  let indexes: number[] = []
  const flush = async () => {
    // After a failure nothing more is sent: the sender resends in order.
    const { seqs, failure } = tally.failure
      ? { seqs: messages.map(() => 0), failure: tally.failure }
      : await admit(messages)
    if (failure) tally.failure = failure
    for (let i = 0; i < seqs.length; i++) {
      if (seqs[i]) {
        tally.accepted++
        tally.last_seq = seqs[i] as number
      } else addNotStored(tally, indexes[i] as number)
    }
    messages = []
    indexes = []
  }
  for (const { event, ...place } of entries) {
    if (!event.ok) {
      addRejected(tally, { ...place, ...event.error })
      continue
    }
    const message = stamp(event.value)
    if (message.bytes > line_bytes_max || isTooLarge(message, event.value)) {
      addRejected(tally, { ...place, ...tooLarge.error })
      continue
    }
    messages.push(message)
    indexes.push(place.index)
    if (messages.length === sliceMax) await flush()
  }
  if (messages.length > 0) await flush()
  return tally
}

/** The stamp is not the sender's: the event alone is measured when the line is suspiciously long. */
function isTooLarge({ bytes }: LaneMessage, body: EntryEvent): boolean {
  const max = limits.event_bytes_max
  return bytes > max && Buffer.byteLength(JSON.stringify(body)) > max
}

function makeTally(): Tally {
  return { accepted: 0, rejected: 0, errors: [], not_stored: [], not_stored_count: 0, last_seq: 0 }
}

function addRejected(tally: Tally, error: EntryError): void {
  tally.rejected++
  if (tally.errors.length < errorsMax) tally.errors.push(error)
}

function addNotStored(tally: Tally, index: number): void {
  tally.not_stored_count++
  const last = tally.not_stored.at(-1)
  if (last && last[1] === index - 1) last[1] = index
  else tally.not_stored.push([index, index])
}
