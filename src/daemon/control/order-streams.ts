// The server-sent streams of this gateway on which installations hear their orders: what stands at once, then each as it comes.

import { BeaconError } from '../../core/errors.ts'
import type { Order } from '../../core/order.ts'
import { isDue } from '../../core/order-step.ts'
import type { Orders } from './orders.ts'

/** The agent's end of a stream. */
export type OrderListener = {
  /** Resolves when the socket has taken it; one that is gone may leave it open. */
  send(order: Order): Promise<void>
  /** Says that Beacon is there. False when the socket has not taken what was sent before. */
  beat(): boolean
  end(): void
}

export type OrderStreams = {
  /** Throws overloaded when there are as many as there may be. */
  admit(): void
  /** What it is given comes at once. */
  open(installationId: string, listener: OrderListener): { close(): void }
  /** Ends all of them. */
  close(): void
}

export type OrderStreamsOptions = {
  orders: Pick<Orders, 'watch' | 'pendingFor' | 'delivered'>
  streams_max: number
  beat_ms: number
  onError(error: unknown): void
}

export function makeOrderStreams(options: OrderStreamsOptions): OrderStreams {
  const { orders, streams_max, onError } = options
  /** By installation: its streams, and the command that each was given last. */
  const open = new Map<string, Map<OrderListener, string | undefined>>()
  let count = 0

  function tell(order: Order): void {
    const listeners = open.get(order.installation_id ?? '')
    if (!listeners || !isDue(order)) return
    for (const [listener, given] of listeners) {
      if (given === order.command_id) continue
      listeners.set(listener, order.command_id)
      give(listener, order).catch(onError)
    }
  }

  async function give(listener: OrderListener, order: Order): Promise<void> {
    await listener.send(order)
    await orders.delivered(order.installation_id ?? '', order.command_id, 'sse')
    // Its token has ended; a stream that went on would be more than it may have.
    if (order.command === 'revoke') listener.end()
  }

  const unwatch = orders.watch(tell)
  const beating = setInterval(() => {
    for (const listeners of open.values())
      for (const listener of listeners.keys()) if (!listener.beat()) listener.end()
  }, options.beat_ms)

  return {
    admit() {
      if (count >= streams_max)
        throw new BeaconError('overloaded', `this gateway has ${streams_max} command streams already`, {
          hint: 'Commands come with each heartbeat too; start another gateway with `beacon gateway add`.',
        })
    },
    open(installationId, listener) {
      const listeners = open.get(installationId) ?? new Map<OrderListener, string | undefined>()
      open.set(installationId, listeners.set(listener, undefined))
      count++
      const order = orders.pendingFor(installationId)
      if (order) tell(order)
      return {
        close() {
          if (!listeners.delete(listener)) return
          count--
          if (listeners.size === 0) open.delete(installationId)
        },
      }
    },
    close() {
      unwatch()
      clearInterval(beating)
      for (const listeners of open.values()) for (const listener of listeners.keys()) listener.end()
    },
  }
}
