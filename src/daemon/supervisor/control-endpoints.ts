// The supervisor's doors on NATS: status, gateways, stop.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { type Service, type ServiceMsg, Svcm } from '@nats-io/services'
import { BeaconError, toProblem } from '../../core/errors.ts'
import type { StatusDocument } from '../../core/status.ts'
import { supervisorStatusSubject } from '../../core/subjects.ts'

export type Control = {
  status(): Promise<StatusDocument>
  addGateway(): Promise<void>
  removeGateway(instance: string | undefined): Promise<void>
  /** Returns at once; the answer must go out before the broker goes. */
  stop(): void
}

/** One supervisor answers to an id, so no queue group. Errors are answered as problem documents, beside the headers of the services API. */
export async function serveControl(
  nc: NatsConnection,
  { id, version }: { id: string; version: string },
  control: Control,
): Promise<Service> {
  const service = await new Svcm(nc).add({
    name: 'beacon-supervisor',
    version,
    description: 'Starts, watches and scales the services of one home',
    queue: '',
  })
  const root = service.addGroup('beacon').addGroup('supervisor').addGroup(id)
  const endpoint = (
    group: typeof root,
    name: string,
    answer: (message: Msg) => Promise<Record<string, unknown>>,
  ): void => {
    group.addEndpoint(name, (error, message) => {
      if (!error) void respond(message, answer)
    })
  }
  const gateways = async (): Promise<Record<string, unknown>> => ({
    schema: 'beacon.gateways.v1',
    gateways: (await control.status()).services.filter((each) => each.name === 'gateway'),
  })
  endpoint(root, 'status', control.status)
  service.addEndpoint('any-status', {
    subject: supervisorStatusSubject,
    handler: (error, message) => {
      if (!error) void respond(message, control.status)
    },
  })
  endpoint(root, 'stop', async () => {
    control.stop()
    return { schema: 'beacon.stop.v1', stopping: true }
  })
  const group = root.addGroup('gateways')
  endpoint(group, 'ls', gateways)
  endpoint(group, 'add', async () => {
    await control.addGateway()
    return await gateways()
  })
  endpoint(group, 'rm', async (message) => {
    await control.removeGateway(parseInstance(message))
    return await gateways()
  })
  return service
}

async function respond(
  message: ServiceMsg,
  answer: (message: Msg) => Promise<Record<string, unknown>>,
): Promise<void> {
  try {
    message.respond(JSON.stringify(await answer(message)))
  } catch (error) {
    const known = error instanceof BeaconError ? error : new BeaconError('internal', String(error))
    message.respondError(known.entry.status, known.message, JSON.stringify(toProblem(known)))
  }
}

/** `{"instance":"gateway-2"}`, or nothing for the youngest. */
function parseInstance(message: Msg): string | undefined {
  if (message.data.length === 0) return undefined
  try {
    const { instance } = JSON.parse(message.string()) as { instance?: unknown }
    if (instance === undefined || typeof instance === 'string') return instance
  } catch {
    // Answered below.
  }
  throw new BeaconError('usage', 'the request is no {"instance": "gateway-N"}')
}
