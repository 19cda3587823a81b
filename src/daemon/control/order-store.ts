// The bucket `beacon_commands` in memory, and its writes: each a compare-and-set against the revision that it was judged by.

import { Kvm, KvWatchInclude } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError } from '../../core/errors.ts'
import { commandsBucket, type Order } from '../../core/order.ts'
import { watchBucket } from './watch-bucket.ts'

export type KeptOrder = { order: Order; revision: number }

/** What is to stand at a key; undefined leaves what stands. */
export type NextOrder = (order: Order | undefined) => Order | undefined

export type OrderStore = {
  /** The last order of each key. */
  kept: ReadonlyMap<string, KeptOrder>
  /**
   * Resolves with what stands when it is written down, or when `next` leaves it as it is. `next` may be asked again, when
   * another gateway wrote meanwhile. Rejects with overloaded when the bucket cannot be written.
   */
  write(key: string, next: NextOrder): Promise<Order | undefined>
  close(): void
}

export type OrderStoreOptions = {
  nc: NatsConnection
  /** Told of every revision, those of the past at first; in the order of the revisions of a key, now and then twice. */
  onRevision(key: string, kept: KeptOrder): void
  onError(error: unknown): void
}

/** So many of a key's revisions are kept, which is about as many steps as sixteen commands have. */
const history = 64
const tries_max = 8
const write_ms = 2_000

type Ticket = {
  next: NextOrder
  resolve(order: Order | undefined): void
  reject(error: unknown): void
}

export async function openOrderStore({ nc, onRevision, onError }: OrderStoreOptions): Promise<OrderStore> {
  const kv = await new Kvm(nc).create(commandsBucket, {
    history,
    description: 'What agents were ordered to do, and how far each order got.',
  })
  const kept = new Map<string, KeptOrder>()
  const queues = new Map<string, Ticket[]>()

  function take(key: string, next: KeptOrder): void {
    if ((kept.get(key)?.revision ?? 0) < next.revision) kept.set(key, next)
    onRevision(key, next)
  }

  const watch = await watchBucket(
    kv,
    (entry) => {
      if (entry.operation === 'PUT') take(entry.key, { order: entry.json<Order>(), revision: entry.revision })
      else kept.delete(entry.key)
    },
    onError,
    KvWatchInclude.AllHistory,
  )

  /** One write at a time per key: what comes meanwhile goes into the next revision together. */
  async function drain(key: string, queue: Ticket[]): Promise<void> {
    while (queue.length > 0) {
      const tickets = queue.splice(0)
      try {
        const { taken, order } = await writeSome(key, tickets)
        for (const ticket of tickets.slice(0, taken)) ticket.resolve(order)
        queue.unshift(...tickets.slice(taken))
      } catch (cause) {
        const error = new BeaconError('overloaded', 'the order cannot be written down', { cause })
        for (const ticket of tickets) ticket.reject(error)
      }
    }
    queues.delete(key)
  }

  async function writeSome(
    key: string,
    tickets: readonly Ticket[],
  ): Promise<{ taken: number; order: Order | undefined }> {
    for (let tries = 1; ; tries++) {
      const before = kept.get(key)
      const { taken, order } = merge(before?.order, tickets)
      if (order === before?.order) return { taken, order }
      const text = JSON.stringify(order)
      try {
        const revision = await (before
          ? kv.update(key, text, before.revision, write_ms)
          : kv.create(key, text))
        take(key, { order: order as Order, revision })
        return { taken, order }
      } catch (error) {
        if (tries === tries_max) throw error
        // Another gateway wrote, or the answer got lost: judged anew by what stands.
        const entry = await kv.get(key)
        if (entry?.operation === 'PUT') take(key, { order: entry.json<Order>(), revision: entry.revision })
        else kept.delete(key)
      }
    }
  }

  return {
    kept,
    write(key, next) {
      return new Promise((resolve, reject) => {
        const ticket = { next, resolve, reject }
        const queue = queues.get(key)
        if (queue) {
          queue.push(ticket)
          return
        }
        const fresh = [ticket]
        queues.set(key, fresh)
        void drain(key, fresh)
      })
    },
    close: watch.close,
  }
}

/** As many changes as speak of the same order become one revision. */
function merge(
  before: Order | undefined,
  tickets: readonly Ticket[],
): { taken: number; order: Order | undefined } {
  let order = before
  let taken = 0
  for (const { next } of tickets) {
    const changed = next(order)
    if (changed && order !== before && changed.command_id !== order?.command_id) break
    taken++
    if (changed)
      order = order === before ? changed : { ...changed, news: [...(order?.news ?? []), ...changed.news] }
  }
  return { taken, order }
}
