// One request to a service of the daemon, and its refusals as errors.

import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError, type ErrorCode } from '../core/errors.ts'

export type Question = {
  /** Who answers, for people: `historian`. */
  service: string
  subject: string
  request: object
  timeout_ms: number
  /** What a request that the service cannot read is called. */
  invalid: ErrorCode
}

/** Throws daemon_unreachable when nobody answers, and what the service refuses by its code of the NATS services API. */
export async function askService<Reply>(
  nc: NatsConnection,
  { service, subject, request, timeout_ms, invalid }: Question,
): Promise<Reply> {
  const message = await nc
    .request(subject, JSON.stringify(request), { timeout: timeout_ms })
    .catch((error: unknown) => {
      throw new BeaconError('daemon_unreachable', `no ${service} answers`, { cause: error })
    })
  const code = Number(message.headers?.get('Nats-Service-Error-Code') ?? 0)
  const detail = message.headers?.get('Nats-Service-Error') ?? ''
  if (code === 400) throw new BeaconError(invalid, detail)
  if (code === 404) throw new BeaconError('not_found', detail)
  if (code === 503) throw new BeaconError('overloaded', detail)
  if (code === 507) throw new BeaconError('archive_damaged', detail)
  if (code > 0) throw new BeaconError('internal', detail)
  return message.json<Reply>()
}
