// Control as a gateway holds it: installations and orders, which know each other only through what is joined here.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { fetchAgent } from '../../client/view-client.ts'
import { BeaconError } from '../../core/errors.ts'
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
      unknown: (agentIds) => findUnknown(nc, agentIds),
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
      for (const { agent_id, how } of message.json<EndedAgents>().agents)
        orders.gone(agent_id, null, how === 'stopped' ? 'gone' : 'lease_expired').catch(onError)
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
          const intervalOf = (id: string) => installations.byId(id)?.interval_ms
          const pushing = pushOrders({ nc, orders, intervalOf, onError }, signal)
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

/** Where nobody can tell, an agent counts as known: an order that nobody hears does no harm, and one left out may. */
async function findUnknown(nc: NatsConnection, agentIds: readonly string[]): Promise<string[]> {
  const isUnknown = await Promise.all(
    agentIds.map((agentId) =>
      fetchAgent(nc, agentId).then(
        () => false,
        (error: unknown) => error instanceof BeaconError && error.code === 'not_found',
      ),
    ),
  )
  return agentIds.filter((_, i) => isUnknown[i])
}
