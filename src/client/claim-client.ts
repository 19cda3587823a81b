// Sends a claim through the NATS door `beacon.claim`, the same rules and answers as POST /ingest/claim.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Problem } from '../core/errors.ts'
import type { ClaimVerdict, StatusClaim } from '../core/status-claim.ts'
import { claimSubject } from '../core/subjects.ts'
import { askDoor, fromProblem } from './door-client.ts'

/** `seq` is the claim's sequence in the event stream. */
export type ClaimAnswer = { status: 'accepted'; seq: number } & Pick<
  ClaimVerdict,
  'window_id' | 'on_time' | 'late'
>

/**
 * Resolves when the claim is stored. Throws BeaconError: the code of the rule that it breaks (`claim_…`), beat_unknown
 * when the gateway knows no beat, overloaded, outcome_unknown, daemon_unreachable.
 */
export async function sendClaim(nc: NatsConnection, claim: StatusClaim): Promise<ClaimAnswer> {
  const reply = await askDoor(nc, claimSubject, JSON.stringify(claim), 'application/json')
  const document = reply.json<ClaimAnswer | Problem>()
  if (document.status === 'accepted') return document
  throw fromProblem(document)
}
