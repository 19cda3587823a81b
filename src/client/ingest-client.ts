// Sends events through the NATS door `beacon.ingest`, the same rules and answers as POST /ingest/state.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Problem } from '../core/errors.ts'
import { ingestSubject } from '../core/subjects.ts'
import { askDoor, type BodyType, fromProblem } from './door-client.ts'

export type BodyError = { index: number; field: string; message: string }

/** What was stored. `seq` only for a single event. */
export type IngestAnswer = { accepted: number; rejected: number; errors: BodyError[]; seq?: number }

/**
 * Sends one JSON object or NDJSON. Resolves with what was accepted and rejected (all rejected included).
 * Throws BeaconError: daemon_unreachable, overloaded, outcome_unknown or the gateway's own problem.
 */
export async function sendEvents(
  nc: NatsConnection,
  body: string,
  contentType: BodyType,
): Promise<IngestAnswer> {
  const reply = await askDoor(nc, ingestSubject, body, contentType)
  const document = reply.json<Record<string, unknown>>()
  if (typeof document.status === 'number')
    return toRejection(document as unknown as Problem & { errors?: BodyError[] })
  if (typeof document.seq === 'number') return { accepted: 1, rejected: 0, errors: [], seq: document.seq }
  return document as unknown as IngestAnswer
}

function toRejection(problem: Problem & { errors?: BodyError[] }): IngestAnswer {
  if (problem.status === 422 && problem.errors) {
    return { accepted: 0, rejected: problem.errors.length, errors: problem.errors }
  }
  throw fromProblem(problem)
}
