// Puts the status document together from what the supervisor knows.

import { type BrokerStatus, durabilityPromise, type StatusDocument, toBooks } from '../../core/status.ts'
import type { Disk } from './disk.ts'
import type { ServiceProcess, ServiceSnapshot } from './service-process.ts'
import type { BrokerSnapshot } from './supervised-broker.ts'
import type { UsageMeter } from './usage.ts'

export type StatusSources = {
  fixed: Pick<StatusDocument, 'version' | 'id' | 'home' | 'started_at' | 'profile' | 'http' | 'nats'>
  born: number
  broker: BrokerSnapshot & { external: boolean; version: string }
  stream: BrokerStatus['stream']
  /** Reports of the stream that may not be archived yet. */
  report_seqs: readonly number[]
  services: ServiceProcess[]
  disk: Disk
  usage: UsageMeter
  /** Why the daemon as a whole is not ready, beyond what its parts say: starting, stopping. */
  phase: string | null
}

export function toStatus(sources: StatusSources): StatusDocument {
  const { fixed, born, broker, stream, report_seqs, disk, usage, phase } = sources
  const snapshots = sources.services.map((service) => service.snapshot())
  const services = snapshots.map((each) => ({ ...each, ...usage.of(each.pid) }))
  const reasons = notReady(broker, snapshots, disk, phase)
  const uptime = Math.floor((performance.now() - born) / 1000)
  return {
    schema: 'beacon.status.v1',
    ...fixed,
    pid: process.pid,
    uptime_s: uptime,
    promise: durabilityPromise(fixed.profile, broker.external),
    services: [supervisor(uptime, usage), ...services],
    broker: {
      ...broker,
      name: 'nats-server',
      instance: 'nats-server',
      address: fixed.nats,
      stream,
      stats: {},
      ...usage.of(broker.pid),
    },
    disk,
    books: toBooks(
      snapshots.find((each) => each.name === 'archiver')?.stats,
      stream && { ...stream, report_seqs },
    ),
    ready: reasons.length === 0,
    not_ready_reasons: reasons,
    degraded: false,
  }
}

const supervisor = (uptime_s: number, usage: UsageMeter): StatusDocument['services'][number] => ({
  name: 'supervisor',
  instance: 'supervisor',
  state: 'up',
  pid: process.pid,
  uptime_s,
  restarts: 0,
  last_exit: null,
  stats: {},
  ...usage.of(process.pid),
})

/** Ready means fit to accept: broker, archiver, one gateway, disk. A viewer that is away stops nobody from reporting. */
function notReady(
  broker: BrokerSnapshot,
  services: ServiceSnapshot[],
  disk: Disk,
  phase: string | null,
): string[] {
  const reasons = phase ? [phase] : []
  if (broker.state !== 'up') reasons.push(`nats-server is ${told(broker)}`)
  for (const each of services)
    if (each.name === 'archiver' && each.state !== 'up') reasons.push(`the archiver is ${told(each)}`)
  const gateways = services.filter((each) => each.name === 'gateway')
  if (!gateways.some((each) => each.state === 'up')) reasons.push('no gateway is up')
  if (disk.disk_low) reasons.push(`the disk is low: ${Math.floor(disk.free_bytes / 2 ** 20)} MiB free`)
  return reasons
}

const told = ({ state, last_exit }: Pick<ServiceSnapshot, 'state' | 'last_exit'>): string =>
  last_exit && state !== 'up' ? `${state} (${last_exit})` : state
