// The pulse's doors on NATS: the service `beacon-pulse` with the endpoints `backbeat.<cluster>.status` and `.tempo`.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { type Service, type ServiceMsg, Svcm } from '@nats-io/services'
import { BeaconError, toProblem } from '../../core/errors.ts'
import {
  backbeatSubjects,
  type PulseDocument,
  type StatusRequest,
  type TempoDocument,
  type TempoRequest,
} from '../../core/pulse-document.ts'
import type { MetricsJson } from '../gateway/fleet-metrics.ts'

export const pulseService = 'beacon-pulse'

export type PulseDoors = {
  nc: NatsConnection
  version: string
  instance: string
  daemon_id: string
  cluster_id: string
  metrics(): Promise<MetricsJson>
  /** Undefined: another one answers. `anyone`: whoever knows of a beat is to. */
  status(anyone: boolean): PulseDocument | undefined
  /** `bpm` as it came. Undefined: another one answers. Throws a BeaconError when it is refused. */
  setTempo(bpm: unknown): Promise<TempoDocument> | undefined
}

/** No queue group: every pulse of the cluster hears a request, and answers or leaves it to the leader. */
export async function servePulse(doors: PulseDoors): Promise<Service> {
  const { nc, version, instance, daemon_id, cluster_id, metrics } = doors
  const service = await new Svcm(nc).add({
    name: pulseService,
    version,
    description: 'Counts the beat of a cluster',
    metadata: { instance, daemon_id, cluster_id },
    queue: '',
    statsHandler: async () => ({ instance, daemon_id, metrics: await metrics() }),
  })
  const subjects = backbeatSubjects(cluster_id)
  service.addEndpoint('status', {
    subject: subjects.status,
    handler: (error, message) => {
      const document = error ? undefined : doors.status(read<StatusRequest>(message).anyone === true)
      if (document) message.respond(JSON.stringify(document))
    },
  })
  service.addEndpoint('tempo', {
    subject: subjects.tempo,
    handler: (error, message) => {
      if (!error) void respond(message, doors)
    },
  })
  return service
}

async function respond(message: ServiceMsg, { setTempo }: PulseDoors): Promise<void> {
  try {
    const document = await setTempo(read<TempoRequest>(message).bpm)
    if (document) message.respond(JSON.stringify(document))
  } catch (error) {
    const known = error instanceof BeaconError ? error : new BeaconError('internal', String(error))
    message.respondError(known.entry.status, known.message, JSON.stringify(toProblem(known)))
  }
}

/** What is no JSON object has none of the fields. */
function read<Request>(message: Msg): Partial<Request> {
  try {
    return message.json<Partial<Request> | null>() ?? {}
  } catch {
    return {}
  }
}
