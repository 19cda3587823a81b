// Reverb: follows the beat, learns where the stream ended with the bar, and has the reports stored that are due
// (core/reverb.ts says which and when).

import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { askPulse } from '../../client/ask-pulse.ts'
import { openBeatFeed } from '../../client/beat-feed.ts'
import { beatMs } from '../../core/beat.ts'
import type { BeatFrame, PulseNote } from '../../core/beat-frame.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { lookAtBars, nextLookAt, positionOf } from '../../core/reverb.ts'
import { hearAnswer, hearBeat, hearRefused, parseRefusedClaims } from '../../core/reverb-facts.ts'
import { refusedClaimsSubject } from '../../core/status-claim.ts'
import { eventsStream } from '../../core/subjects.ts'
import type { LivePicture } from './live-picture.ts'
import { makeReportPublisher } from './report-publisher.ts'
import type { ReverbCounts } from './reverb-counts.ts'

export type ReverbService = {
  /** Call after each batch that was folded. */
  folded(): void
  /** The present beat; undefined as long as no pulse was heard. */
  beat(): Beat | undefined
  close(): void
}

export type ReverbOptions = {
  nc: NatsConnection
  jsm: JetStreamManager
  live: LivePicture
  counts: ReverbCounts
  log: Logger
}

/** A beat may come at any moment, from a pulse that was not there before. */
const look_ms_max = 1_000
const retry_ms = 100
const ask_ms = 1_000
/** The frame of a downbeat that has not come by then is missed. */
const missed_beats = 0.25

export function startReverb({ nc, jsm, live, counts, log }: ReverbOptions): ReverbService {
  const { fleet, reverb } = live
  let timer: NodeJS.Timeout | undefined
  let closed = false
  /** The stream's last sequence as the bar ended; infinite as long as it is not known. */
  let end_seq = Number.POSITIVE_INFINITY
  const publisher = makeReportPublisher({
    nc,
    reverb,
    log,
    onStored: (outgoing, first) => {
      if (first) counts.onStored(outgoing, Date.now())
    },
  })

  function look(): void {
    clearTimeout(timer)
    if (closed) return
    const beat = beats.now()
    if (beat) {
      if (beat.from_beat > reverb.from_beat) {
        end_seq = Number.POSITIVE_INFINITY
        void askStream(beat.from_beat)
        const left_beats = beat.from_beat + missed_beats - positionOf(beat)
        later(askLeader, Math.max(0, left_beats) * beatMs(beat.tempo_bpm), beat.from_beat)
      }
      lookAtBars(reverb, { beat, caught_up: fleet.seq >= end_seq, fleet, now_ms: Date.now() })
    }
    if (reverb.outbox.length > 0) publisher.wake()
    const wait_ms = beat
      ? (nextLookAt(reverb, beat) - positionOf(beat)) * beatMs(beat.tempo_bpm)
      : look_ms_max
    timer = setTimeout(look, Math.min(look_ms_max, Math.max(1, wait_ms)))
  }

  /** Whether it matters still what became of the bar before the one that began at `from_beat`. */
  const isAwaited = (from_beat: number): boolean =>
    !closed && reverb.waits_until !== null && reverb.from_beat === from_beat

  async function askStream(from_beat: number): Promise<void> {
    const info = await jsm.streams.info(eventsStream).catch(() => undefined)
    if (!isAwaited(from_beat)) return
    if (info) {
      end_seq = info.state.last_seq
      look()
    } else later(askStream, retry_ms, from_beat)
  }

  /** Without an answer, what was heard of the bar has to do. */
  async function askLeader(from_beat: number): Promise<void> {
    if (!isAwaited(from_beat) || reverb.facts.downbeat >= from_beat) return
    const status = await askPulse(nc, { cluster_id: reverb.cluster_id, timeout_ms: ask_ms })
    if (!status || !isAwaited(from_beat)) return
    hearAnswer(reverb.facts, from_beat, status.last_bar)
    look()
  }

  function onFrame(frame: BeatFrame, note: PulseNote | undefined): void {
    const beats_per_bar = note?.beats_per_bar ?? beats.now()?.beats_per_bar
    if (beats_per_bar) hearBeat(reverb.facts, frame, note, beats_per_bar)
    look()
  }

  const beats = openBeatFeed(nc, { cluster_id: reverb.cluster_id, onFrame })
  const refusals = nc.subscribe(refusedClaimsSubject, {
    callback(error, message) {
      const refused = error ? undefined : parseRefusedClaims(message.string())
      const beat = beats.now()
      if (refused && beat) hearRefused(reverb.facts, beat.from_beat, refused)
    },
  })
  look()
  return {
    folded() {
      // Late claims wait for their beat; only a bar that ended may be due at once.
      if (reverb.waits_until !== null || reverb.outbox.length > 0) look()
    },
    beat: () => beats.now(),
    close() {
      closed = true
      clearTimeout(timer)
      publisher.close()
      refusals.unsubscribe()
      beats.close()
    },
  }
}

/** A service that has stopped does not wait for it. */
function later(ask: (from_beat: number) => Promise<void>, wait_ms: number, from_beat: number): void {
  setTimeout(ask, wait_ms, from_beat).unref()
}
