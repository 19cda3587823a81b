// A node of the pulse as data: what it knows, what comes to it, and what it wants done (pulse.ts).

import type { BarTimings } from './bar-timing.ts'
import type { Schedule } from './beat.ts'
import type { BeatFrame, PulseNote } from './beat-frame.ts'
import { type BeatTracker, makeBeatTracker } from './beat-tracker.ts'
import type { Hlc } from './hlc.ts'
import type { PulseDocument, TempoDocument } from './pulse-document.ts'
import type { PulseState, TempoNext } from './pulse-state.ts'
import type { Result } from './result.ts'

export type PulseOptions = {
  cluster_id: string
  /** Unique among the nodes that ever run at one time. */
  name: string
  /** For a cluster without a kept state; afterwards what is kept counts. */
  bpm: number
  beats_per_bar: number
  /** 16 bits, for the hybrid clock. */
  hlc_node: number
  version: string
}

export type PulseInput =
  /** The lease is ours, certainly until `valid_until_ms` (monotonic). `kept` was read after that; null: there is none. */
  | { kind: 'gained'; kept: PulseState | null; valid_until_ms: number }
  | { kind: 'renewed'; valid_until_ms: number }
  | { kind: 'lost' }
  /** The end of the `write` with this id. Not ok: it was refused, or nobody knows. Each write must come to one. */
  | { kind: 'wrote'; id: number; ok: boolean }
  /** Every frame on the subject, our own too. */
  | { kind: 'heard'; frame: BeatFrame; note?: PulseNote | undefined }
  /**
   * What another node said about itself, for one that knows of no beat yet. It asks at its start, and once more when it has
   * gained the lease: what is kept is by the wall clock of a leader that is gone.
   */
  | { kind: 'told'; document: PulseDocument }
  /** The tempo asked for, unchecked; `id` comes back in the answer. A node that does not lead stays silent: the leader answers. */
  | { kind: 'tempo'; id: number; bpm: unknown }
  /** The connection to the broker was lost, or is there again: what was sent and not heard goes out anew, in order. */
  | { kind: 'connection'; up: boolean }
  /** The wake that was asked for; an earlier or later one does no harm. */
  | { kind: 'tick' }
  | { kind: 'stop' }

export type PulseEffect =
  /** Replace the kept state, compared with the revision read at `gained` or written last. One is under way at a time. */
  | { kind: 'write'; id: number; state: PulseState }
  /** At once and in order. Drop it while there is no connection: it is sent again when it was not heard. */
  | { kind: 'send'; frame: BeatFrame; note: PulseNote }
  /** Stop renewing the lease and give it back, if it is still ours. */
  | { kind: 'release' }
  /** Call with `tick` at this time (monotonic). A later `wake` replaces it. */
  | { kind: 'wake'; at_ms: number }
  | { kind: 'answer'; id: number; answer: Result<TempoDocument, TempoRefusal> }

/** `invalid`: the message names the allowed range. `not_leading`: it ceased to lead; the change may or may not be kept. */
export type TempoRefusal = { reason: 'invalid' | 'not_leading'; message: string }

export type PulseNode = {
  options: PulseOptions
  /** What it hears, its own frames too. */
  tracker: BeatTracker
  /** Of the bars as it heard them sent by others. */
  timings: BarTimings
  hlc: Hlc
  /** To the broker. */
  connected: boolean
  /** While it holds the lease. */
  term: Term | null
  /** Number of the last write. */
  writes: number
}

/** The time of one leader. Times are monotonic. */
export type Term = {
  epoch: number
  /** The lease is surely ours before this. */
  valid_until_ms: number
  /** A state with this epoch is kept. Not a frame is sent before. */
  confirmed: boolean
  beats_per_bar: number
  schedule: Schedule
  tempo_next: TempoNext | null
  /** The index to send next. */
  next_beat: number
  /** Highest index that was sent, at first by those before, and when the last frame was. */
  sent_beat: number
  sent_at_ms: number
  /** What `sent_beat` was when the first frame of this term was due. */
  sent_before: number
  /** The first beat that is not caught up on: from here on, lateness is the pulse's own. */
  own_beat: number
  /** Highest index that the kept state allows to be sent. */
  last_beat: number
  writing: { id: number; last_beat: number } | null
  /** There is more to be kept than the next beats. */
  stale: boolean
  /** Wall clock − monotonic clock at the last write. */
  offset_ms: number
  /** Tempo requests that wait for a change before them to come into force. */
  requests: { id: number; bpm: unknown }[]
  /** Those that wait to be kept, with the number of the write that does it. */
  answers: { id: number; write: number }[]
  timings: BarTimings
  /** How late its last frames were. */
  lateness_ms: number[]
}

export const makePulseNode = (options: PulseOptions): PulseNode => ({
  options,
  tracker: makeBeatTracker(options.cluster_id),
  timings: { bar: null, last_bar: null },
  hlc: { wall_ms: 0, counter: 0 },
  connected: true,
  term: null,
  writes: 0,
})

export const isLeading = ({ term }: PulseNode): boolean => term?.confirmed ?? false
