// Claims at this gateway's doors: each is judged by the beat at its receipt, and what is refused is counted.

import type { BeatFeed } from '../../client/beat-feed.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { judgeClaim, toClaimBody } from '../../core/claim-door.ts'
import { BeaconError } from '../../core/errors.ts'
import { err, ok } from '../../core/result.ts'
import { type ClaimVerdict, parseStatusClaim } from '../../core/status-claim.ts'
import { sleepOrAbort } from '../sleep-or-abort.ts'
import type { Door, EntryIssue, ParseEntry } from './door.ts'
import type { ClaimRefusals } from './refused-claims.ts'

export type Claims = {
  cluster_id: string
  /** For whoever waits for an answer: judged by the beat as the body comes in. */
  door: Door
  /** For a claim of BEACON_IN that was stored at this time of the broker's; counts nothing. */
  at(stored_at_ms: number): ParseEntry
  /** Resolves when a beat is known, when there has been time enough to hear of one, or when the signal aborts. */
  untilKnown(signal: AbortSignal): Promise<void>
}

const poll_ms = 50

export function makeClaims(options: {
  cluster_id: string
  feed: BeatFeed
  refusals: ClaimRefusals
  /** How long after its start a gateway waits to hear of a beat, before claims that wait go to quarantine. */
  beat_wait_ms: number
}): Claims {
  const { cluster_id, feed, refusals } = options
  const until = performance.now() + options.beat_wait_ms

  const judge =
    (beat: Beat, received_ms: number): ParseEntry =>
    (value) => {
      const claim = parseStatusClaim(value)
      if (!claim.ok) return claim
      const verdict = judgeClaim(
        claim.value,
        beat,
        feed.endOf(claim.value.beat_index),
        received_ms,
        cluster_id,
      )
      return verdict.ok ? ok(toClaimBody(claim.value, verdict.value)) : verdict
    }

  return {
    cluster_id,
    door: {
      noun: 'claim',
      none: 'claim_invalid',
      open() {
        const beat = feed.now()
        if (!beat) throw new BeaconError('beat_unknown', `no frame of ${cluster_id} has been heard yet`)
        const parse = judge(beat, Date.now())
        return (value) => {
          const event = parse(value)
          if (!event.ok) refusals.add(event.error.code, (value as { agent_id?: unknown } | null)?.agent_id)
          return event
        }
      },
      tell: ({ metadata }) => {
        const { window_id, on_time, late } = metadata as unknown as ClaimVerdict
        return { window_id, on_time, late }
      },
    },
    at(stored_at_ms) {
      const received_ms = Math.min(stored_at_ms, Date.now())
      const beat = feed.beatAt(received_ms)
      return beat ? judge(beat, received_ms) : () => err(unknownBeat)
    },
    async untilKnown(signal) {
      while (!feed.now() && performance.now() < until && !signal.aborted) await sleepOrAbort(poll_ms, signal)
    },
  }
}

const unknownBeat: EntryIssue = {
  field: '',
  message: 'no pulse has been heard: there is no beat to judge the claim by',
  code: 'beat_unknown',
}
