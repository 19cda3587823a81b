// Asks the pulse of a cluster once what it knows of the beat, for whoever has not heard of it.

import type { NatsConnection } from '@nats-io/nats-core'
import {
  backbeatSubjects,
  type PulseDocument,
  parsePulseDocument,
  type StatusRequest,
} from '../core/pulse-document.ts'

export type AskOptions = Partial<StatusRequest> & { cluster_id: string; timeout_ms: number }

/** The first answer; null when none comes that can be read. */
export async function askPulse(
  nc: NatsConnection,
  { cluster_id, anyone = false, timeout_ms: timeout }: AskOptions,
): Promise<PulseDocument | null> {
  const request: StatusRequest = { anyone }
  try {
    const answer = await nc.request(backbeatSubjects(cluster_id).status, JSON.stringify(request), { timeout })
    const document = parsePulseDocument(answer.json())
    return document.ok ? document.value : null
  } catch {
    // Nobody knows of a beat yet.
    return null
  }
}
