// Installations and orders as a gateway wires them, against a real broker, with a clock that the test moves.

import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connectBroker } from '../../../src/client/connect.ts'
import { type Installations, openInstallations } from '../../../src/daemon/control/installations.ts'
import { type Orders, openOrders } from '../../../src/daemon/control/orders.ts'
import { makeCircuit } from '../../../src/daemon/gateway/circuit.ts'
import { makeLanes } from '../../../src/daemon/gateway/lanes.ts'
import { makeStampEvent } from '../../../src/daemon/gateway/stamp.ts'
import { watchDisconnects } from '../../../src/daemon/stream/disconnects.ts'
import { makePublisher } from '../../../src/daemon/stream/publish-batch.ts'

export type Control = {
  nc: NatsConnection
  installations: Installations
  orders: Orders
  close(): Promise<void>
}

let publishers = 0

export async function startControl(url: string, clock: { now_ms: number }): Promise<Control> {
  const nc = await connectBroker({ url, name: 'control' })
  const jsm = await jetstreamManager(nc)
  const now_ms = () => clock.now_ms
  const publisher = makePublisher({
    nc,
    disconnects: watchDisconnects(nc),
    id: `control-${++publishers}`,
    ack_timeout_ms: 5_000,
  })
  const circuit = makeCircuit({ probe: () => jsm.getAccountInfo(), probe_interval_ms: 250 })
  const lanes = makeLanes({
    publisher,
    circuit,
    lanes: 1,
    atomic: true,
    plain_max: 16,
    events_max: 1_000,
    bytes_max: 2 ** 20,
  })
  const log = { warn() {} }
  let installations: Installations | undefined
  const orders = await openOrders({
    nc,
    log,
    now_ms,
    targets: {
      ofAgent: (agentId) => installations?.ofAgent(agentId) ?? [],
      end: async (...end) => installations?.end(...end),
      lookUp: async (agentIds) => new Map(agentIds.map((id) => [id, 'unknown' as const])),
    },
  })
  installations = await openInstallations({
    nc,
    lanes,
    now_ms,
    orders,
    log,
    stamp: makeStampEvent(12, now_ms),
  })
  const opened = installations
  return {
    nc,
    installations: opened,
    orders,
    async close() {
      opened.close()
      orders.close()
      circuit.stop()
      publisher.close()
      await nc.close()
    },
  }
}
