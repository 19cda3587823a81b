// Control as a gateway holds it: installations and orders, which know each other only through what is joined here.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { fetchAgent } from '../../client/view-client.ts'
import { BeaconError } from '../../core/errors.ts'
import { leaseOf } from '../../core/installation.ts'
import { commandSubjects, type EndedAgents } from '../../core/order.ts'
import { runAuditor } from '../control/auditor.ts'
import { type CommandDesk, makeCommandDesk } from '../control/command-desk.ts'
import { type Installations, openInstallations } from '../control/installations.ts'
import { makeOrderStreams, type OrderStreams } from '../control/order-streams.ts'
import { type Orders, openOrders } from '../control/orders.ts'
import { pushOrders } from '../control/push-orders.ts'
import { runWhileHolding } from '../lease.ts'
import type { Lanes } from './lanes.ts'
import type { StampEvent } from './stamp.ts'

export type Control = {
  installations: Installations
  orders: Orders
  desk: CommandDesk
  orderStreams: OrderStreams
  /** Audits and pushes whenever it is this gateway's turn, until the signal aborts. */
  run(lease: { owner: string; ttl_ms: number; signal: AbortSignal }): Promise<void>
  close(): void
}

export type ControlOptions = {
  nc: NatsConnection
  stamp: StampEvent
  lanes: Lanes
  log: Logger
  /** Command streams at a time. */
  streams_max: number
  /** A command stream says that Beacon is there. */
  beat_ms: number
}

export async function openControl(options: ControlOptions): Promise<Control> {
  const { nc, stamp, lanes, log } = options
  const onError = (err: unknown) => log.warn({ err }, 'an order could not be followed')
  const orders = await openOrders({
    nc,
    log,
    targets: {
      ofAgent: (agentId) => installations.ofAgent(agentId),
      end: (...end) => installations.end(...end),
      lookUp: (agentIds) => lookUp(nc, agentIds),
    },
  })
  const installations = await openInstallations({ nc, stamp, lanes, now_ms: Date.now, orders, log })
  const orderStreams = makeOrderStreams({
    orders,
    streams_max: options.streams_max,
    beat_ms: options.beat_ms,
    onError,
  })
  // Whichever gateway hears it writes it down.
  const ended = nc.subscribe(commandSubjects.ended, {
    queue: 'beacon-gateway',
    callback: (error, message) => {
      if (error) return
      for (const agent of message.json<EndedAgents>().agents) orders.ended(agent).catch(onError)
    },
  })

  return {
    installations,
    orders,
    desk: makeCommandDesk(nc, orders),
    orderStreams,
    async run(lease) {
      const onEnd = (err: unknown) => log.warn({ err }, 'the audit starts anew')
      await runWhileHolding(
        { nc, bucket: 'beacon_leases', key: 'control', ...lease, onError: onEnd },
        async (held) => {
          const failed = new AbortController()
          const signal = AbortSignal.any([held, failed.signal])
          const leaseOfInstallation = (id: string) => {
            const record = installations.byId(id)
            return record && leaseOf(record.interval_ms)
          }
          const isOver = (agentId: string) => isLeaseOver(nc, agentId)
          const pushing = pushOrders({ nc, orders, leaseOf: leaseOfInstallation, isOver, onError }, signal)
          await runAuditor({ nc, stamp, lanes }, signal).finally(() => failed.abort())
          await pushing
        },
      )
    },
    close() {
      ended.unsubscribe()
      orders.close()
      installations.close()
    },
  }
}

/** Where nobody can tell, an agent counts as there: an order that nobody hears does no harm, and one left out may. */
async function lookUp(
  nc: NatsConnection,
  agentIds: readonly string[],
): Promise<Map<string, 'unknown' | 'stopped'>> {
  const found = new Map<string, 'unknown' | 'stopped'>()
  await Promise.all(
    agentIds.map((agentId) =>
      fetchAgent(nc, agentId).then(
        ({ health }) => health === 'stopped' && found.set(agentId, 'stopped'),
        (error: unknown) =>
          error instanceof BeaconError && error.code === 'not_found' && found.set(agentId, 'unknown'),
      ),
    ),
  )
  return found
}

/** Judged by the aggregator, which counts no stall of Beacon's own against an agent. */
const isLeaseOver = (nc: NatsConnection, agentId: string): Promise<boolean> =>
  fetchAgent(nc, agentId).then(
    ({ health, lease_expires_at }) => health === 'unhealthy' && lease_expires_at !== null,
    () => false,
  )
