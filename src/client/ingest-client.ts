// Sends events through the NATS door `beacon.ingest`, the same rules and answers as POST /ingest/state.

import type { NatsConnection } from '@nats-io/nats-core'
import { headers, NoRespondersError, RequestError, TimeoutError } from '@nats-io/nats-core'
import { BeaconError, type ErrorCode, errorRegistry, type Problem } from '../core/errors.ts'
import { ingestSubject } from '../core/subjects.ts'

export type BodyError = { index: number; field: string; message: string }

/** What was stored. `seq` only for a single event. */
export type IngestAnswer = { accepted: number; rejected: number; errors: BodyError[]; seq?: number }

/** Milliseconds to wait for an answer: longer than the gateway itself waits for the broker. */
const answer_ms = 15_000

/**
 * Sends one JSON object or NDJSON. Resolves with what was accepted and rejected (all rejected included).
 * Throws BeaconError: daemon_unreachable, overloaded, outcome_unknown or the gateway's own problem.
 */
export async function sendEvents(
  nc: NatsConnection,
  body: string,
  contentType: 'application/json' | 'application/x-ndjson',
): Promise<IngestAnswer> {
  const header = headers()
  header.set('Content-Type', contentType)
  const reply = await request(nc, body, header)
  const document = reply.json<Record<string, unknown>>()
  if (typeof document.status === 'number')
    return toRejection(document as unknown as Problem & { errors?: BodyError[] })
  if (typeof document.seq === 'number') return { accepted: 1, rejected: 0, errors: [], seq: document.seq }
  return document as unknown as IngestAnswer
}

async function request(nc: NatsConnection, body: string, header: ReturnType<typeof headers>) {
  try {
    return await nc.request(ingestSubject, body, { timeout: answer_ms, headers: header })
  } catch (error) {
    const cause = error instanceof RequestError && error.cause ? error.cause : error
    if (cause instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) {
      throw new BeaconError('daemon_unreachable', 'no gateway answers on NATS', { cause: error })
    }
    if (cause instanceof TimeoutError) {
      throw new BeaconError('outcome_unknown', `no answer from a gateway in ${answer_ms / 1000} s`, {
        cause: error,
      })
    }
    throw new BeaconError('daemon_unreachable', error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
}

function toRejection(problem: Problem & { errors?: BodyError[] }): IngestAnswer {
  if (problem.status === 422 && problem.errors) {
    return { accepted: 0, rejected: problem.errors.length, errors: problem.errors }
  }
  const code: ErrorCode = problem.code in errorRegistry ? problem.code : 'internal'
  throw new BeaconError(code, problem.detail)
}
