// Asks the supervisor of one daemon over NATS.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { BeaconError, type ErrorCode, errorRegistry, type Problem } from '../core/errors.ts'
import type { ServiceStatus, StatusDocument } from '../core/status.ts'
import { supervisorStatusSubject, supervisorSubject } from '../core/subjects.ts'

/** `id` as in run/daemon.json; null where only a NATS URL is known. */
export type SupervisorAddress = { nc: NatsConnection; id: string | null }

export type GatewaysDocument = { schema: 'beacon.gateways.v1'; gateways: ServiceStatus[] }

/** Without an id, of whichever daemon on that NATS answers first. */
export async function requestStatus(
  { nc, id }: SupervisorAddress,
  timeout_ms = 2_000,
): Promise<StatusDocument> {
  const subject = id === null ? supervisorStatusSubject : supervisorSubject(id, 'status')
  return (await request(nc, subject, undefined, timeout_ms)) as StatusDocument
}

/** Scaling waits until the gateway accepts, or has answered everything and is gone. */
export async function requestGateways(
  supervisor: SupervisorAddress,
  verb: 'ls' | 'add' | 'rm',
  instance?: string,
  timeout_ms = 20_000,
): Promise<GatewaysDocument> {
  const body = instance === undefined ? undefined : { instance }
  const subject = supervisorSubject(await toId(supervisor), `gateways.${verb}`)
  return (await request(supervisor.nc, subject, body, timeout_ms)) as GatewaysDocument
}

/** The daemon has begun to stop when this resolves. */
export async function requestStop(supervisor: SupervisorAddress, timeout_ms = 2_000): Promise<void> {
  await request(supervisor.nc, supervisorSubject(await toId(supervisor), 'stop'), undefined, timeout_ms)
}

/** After the last answer, and in all. */
const stall_ms = 100
const wait_ms_max = 2_000

/** Nothing may be changed in a daemon that nobody named, unless there is only one. */
async function toId({ nc, id }: SupervisorAddress): Promise<string> {
  if (id !== null) return id
  const answers = await nc
    .requestMany(supervisorStatusSubject, '', { strategy: 'stall', stall: stall_ms, maxWait: wait_ms_max })
    .catch((cause: unknown) => {
      throw unreachable(cause)
    })
  const homes = new Map<string, string>()
  try {
    for await (const answer of answers) {
      const { id, home } = answer.json<StatusDocument>()
      homes.set(id, home)
    }
  } catch (cause) {
    throw unreachable(cause)
  }
  const [only] = homes.keys()
  if (only === undefined) throw unreachable(new Error('nobody is there'))
  if (homes.size === 1) return only
  throw new BeaconError(
    'usage',
    `${homes.size} daemons are on this NATS: ${[...homes.values()].join(', ')}`,
    {
      hint: 'Name the home of the one that is meant with --home, without --nats.',
    },
  )
}

async function request(
  nc: NatsConnection,
  subject: string,
  body: unknown,
  timeout_ms: number,
): Promise<unknown> {
  let answer: Msg
  try {
    answer = await nc.request(subject, body === undefined ? '' : JSON.stringify(body), {
      timeout: timeout_ms,
    })
  } catch (cause) {
    throw unreachable(cause)
  }
  const document = answer.json<unknown>()
  if (answer.headers?.has('Nats-Service-Error-Code')) throw fromProblem(document as Problem)
  return document
}

const unreachable = (cause: unknown): BeaconError =>
  new BeaconError('daemon_unreachable', `the supervisor does not answer: ${(cause as Error).message}`, {
    cause,
  })

function fromProblem({ code, detail, hint }: Problem): BeaconError {
  const known: ErrorCode = Object.hasOwn(errorRegistry, code) ? code : 'internal'
  return new BeaconError(known, detail, { hint })
}
