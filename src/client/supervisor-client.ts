// Asks the supervisor over NATS.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { BeaconError, type ErrorCode, errorRegistry, type Problem } from '../core/errors.ts'
import type { ServiceStatus, StatusDocument } from '../core/status.ts'

export type GatewaysDocument = { schema: 'beacon.gateways.v1'; gateways: ServiceStatus[] }

export const requestStatus = async (nc: NatsConnection, timeout_ms = 2_000): Promise<StatusDocument> =>
  (await request(nc, 'status', undefined, timeout_ms)) as StatusDocument

/** Scaling waits until the gateway accepts, or has answered everything and is gone. */
export async function requestGateways(
  nc: NatsConnection,
  verb: 'ls' | 'add' | 'rm',
  instance?: string,
  timeout_ms = 20_000,
): Promise<GatewaysDocument> {
  const body = instance === undefined ? undefined : { instance }
  return (await request(nc, `gateways.${verb}`, body, timeout_ms)) as GatewaysDocument
}

/** The daemon has begun to stop when this resolves. */
export async function requestStop(nc: NatsConnection, timeout_ms = 2_000): Promise<void> {
  await request(nc, 'stop', undefined, timeout_ms)
}

async function request(
  nc: NatsConnection,
  verb: string,
  body: unknown,
  timeout_ms: number,
): Promise<unknown> {
  let answer: Msg
  try {
    answer = await nc.request(`beacon.supervisor.${verb}`, body === undefined ? '' : JSON.stringify(body), {
      timeout: timeout_ms,
    })
  } catch (error) {
    throw new BeaconError(
      'daemon_unreachable',
      `the supervisor does not answer: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
  const document = answer.json<unknown>()
  if (answer.headers?.has('Nats-Service-Error-Code')) throw fromProblem(document as Problem)
  return document
}

function fromProblem({ code, detail, hint }: Problem): BeaconError {
  const known: ErrorCode = Object.hasOwn(errorRegistry, code) ? code : 'internal'
  return new BeaconError(known, detail, { hint })
}
