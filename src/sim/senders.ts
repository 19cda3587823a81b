// The senders: take due events out of the lanes and keep as many requests in flight as there are connections.

import { type DeliverPorts, type Delivery, deliver } from './deliver.ts'
import { type LaneOptions, makeLanes } from './lanes.ts'
import { pause } from './pause.ts'
import type { SimEvent } from './scenario.ts'

export type Senders = {
  push(event: SimEvent): void
  /** Sends what can be sent now. Also happens by itself whenever a request is resolved. */
  send(): void
  /** Events that wait. */
  readonly waiting: number
  /** Due time of the oldest event that waits; Infinity when none does. */
  oldestWaitingMs(): number
  /** When a request that lingers for company goes; Infinity when none does. */
  lingersUntilMs(): number
  /** Deliveries in flight, and after `stop` those without an answer. */
  readonly flying: ReadonlyMap<Delivery, Promise<void>>
  /** When the last request was resolved. */
  readonly lastAnswerMs: number
  /** Drops what waits, retries nothing more, and gives requests in flight `grace_ms`. Resolves to the number of dropped events. */
  stop(grace_ms: number): Promise<number>
}

export type SenderOptions = {
  ports: Omit<DeliverPorts, 'pause'>
  lanes: LaneOptions
  connections: number
}

export function makeSenders({ ports, lanes: laneOptions, connections }: SenderOptions): Senders {
  const lanes = makeLanes(laneOptions)
  const flying = new Map<Delivery, Promise<void>>()
  const over = new AbortController()
  const deliverPorts = { ...ports, pause: (ms: number) => pause(ms, over.signal) }
  let lastAnswerMs = 0

  const send = (): void => {
    while (flying.size < connections && !over.signal.aborted) {
      const group = lanes.take(ports.now_ms())
      if (!group) return
      const delivery: Delivery = { events: group.events }
      const done = deliver(deliverPorts, delivery).then(() => {
        lastAnswerMs = ports.now_ms()
        // What has no answer stays in flight, and so in the ledger as unresolved.
        if (delivery.events.length > 0) return
        flying.delete(delivery)
        lanes.release(group)
        send()
      })
      flying.set(delivery, done)
    }
  }

  return {
    push: lanes.push,
    send,
    get waiting() {
      return lanes.waiting
    },
    oldestWaitingMs: lanes.oldestWaitingMs,
    lingersUntilMs: lanes.lingersUntilMs,
    flying,
    get lastAnswerMs() {
      return lastAnswerMs
    },
    async stop(graceMs) {
      const dropped = lanes.clear()
      over.abort()
      const all = (): Promise<unknown> => Promise.all(flying.values())
      await Promise.race([all(), pause(graceMs, undefined)])
      await ports.door.close()
      await all()
      return dropped
    },
  }
}
