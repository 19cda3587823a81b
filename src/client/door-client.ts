// A request to a door of the gateways over NATS (`beacon.ingest`, `beacon.claim`): the answer, or why there is none.

import {
  headers,
  type Msg,
  type NatsConnection,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/nats-core'
import { BeaconError, type ErrorCode, errorRegistry, type Problem } from '../core/errors.ts'

export type BodyType = 'application/json' | 'application/x-ndjson'

/** Milliseconds to wait for an answer: longer than the gateway itself waits for the broker. */
const answer_ms = 15_000

/** Rejects with daemon_unreachable or outcome_unknown. */
export async function askDoor(
  nc: NatsConnection,
  subject: string,
  body: string,
  contentType: BodyType,
): Promise<Msg> {
  const header = headers()
  header.set('Content-Type', contentType)
  try {
    return await nc.request(subject, body, { timeout: answer_ms, headers: header })
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

export function fromProblem({ code, detail }: Problem): BeaconError {
  const known: ErrorCode = Object.hasOwn(errorRegistry, code) ? code : 'internal'
  return new BeaconError(known, detail)
}
