// Asks a cluster's pulse: the beat, of which the leader knows best, and another tempo, which is the leader's to grant.

import { type NatsConnection, NoRespondersError, RequestError } from '@nats-io/nats-core'
import { BeaconError, type Problem } from '../core/errors.ts'
import {
  backbeatSubjects,
  type PulseDocument,
  type StatusRequest,
  type TempoDocument,
  type TempoRequest,
} from '../core/pulse-document.ts'
import { fromProblem } from './door-client.ts'

/** A takeover after a leader died lasts two seconds at most; until then nobody grants a tempo. */
const patience_ms = 4_000
const try_ms = 500

/** The present beat: by the leader, or by any other node when it does not answer. Throws pulse_unreachable when none does. */
export const fetchPulse = (nc: NatsConnection, cluster_id: string): Promise<PulseDocument> => {
  const toRequest = (tries: number): StatusRequest => ({ anyone: tries > 0 })
  return ask(nc, cluster_id, backbeatSubjects(cluster_id).status, toRequest)
}

/**
 * Resolves when the change is written down; `tempo_next` says with which beat it begins. Throws pulse_unreachable, and
 * tempo_refused with the range that is allowed.
 */
export const changeTempo = (nc: NatsConnection, cluster_id: string, bpm: unknown): Promise<TempoDocument> => {
  const request: TempoRequest = { bpm }
  return ask(nc, cluster_id, backbeatSubjects(cluster_id).tempo, () => request)
}

/** Asking for the same tempo again changes nothing, so an answer that does not come is asked for again. */
async function ask<Document>(
  nc: NatsConnection,
  cluster_id: string,
  subject: string,
  toRequest: (tries: number) => StatusRequest | TempoRequest,
): Promise<Document> {
  const end = performance.now() + patience_ms
  for (let tries = 0; ; tries++) {
    try {
      const answer = await nc.request(subject, JSON.stringify(toRequest(tries)), { timeout: try_ms })
      const document = answer.json<unknown>()
      if (answer.headers?.has('Nats-Service-Error-Code')) throw fromProblem(document as Problem)
      return document as Document
    } catch (cause) {
      if (cause instanceof BeaconError) throw cause
      if (isNobodyThere(cause))
        throw new BeaconError('pulse_unreachable', `no pulse of the cluster ${cluster_id} is there`, {
          cause,
        })
      if (performance.now() > end)
        throw new BeaconError('pulse_unreachable', `no pulse of the cluster ${cluster_id} leads`, { cause })
    }
  }
}

const isNobodyThere = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())
