// Every command with its orders, as far back as it is remembered: folded from the revisions of the bucket.

import type {
  CommandDocument,
  CommandName,
  CommandScope,
  CommandSummary,
  CommandsDocument,
  Order,
} from './order.ts'
import { changedAt, latestOf, toSuperseded } from './order-step.ts'

export type OrderBook = {
  /** A revision of a key; an older one than is known of its order changes nothing. */
  add(key: string, order: Order, revision: number): void
  list(limit: number): CommandsDocument
  /** Orders that have not ended first. Undefined when there is no such command (any more). */
  show(commandId: string, page: { offset: number; limit: number }): CommandDocument | undefined
}

type Entry = { order: Order; revision: number }
type Command = {
  command_id: string
  command: CommandName
  reason: string
  by: string
  scope: CommandScope
  requested_at: string
  entries: Map<string, Entry>
}

/** Beyond `orders_max` orders the oldest commands are forgotten, never the newest. */
export function makeOrderBook(orders_max = 200_000): OrderBook {
  const commands = new Map<string, Command>()
  /** The last revision of each key, and whose it is: an order that another one followed is superseded. */
  const latest = new Map<string, { command_id: string; revision: number }>()
  let count = 0

  function add(key: string, order: Order, revision: number): void {
    const { command_id } = order
    const last = latest.get(key)
    if (!last || last.revision < revision) latest.set(key, { command_id, revision })
    let command = commands.get(command_id)
    if (!command) {
      const { command: name, reason, by, scope, requested_at } = order
      command = { command_id, command: name, reason, by, scope, requested_at, entries: new Map() }
      commands.set(command_id, command)
    }
    const known = command.entries.get(key)
    if (known && known.revision >= revision) return
    if (!known) count++
    command.entries.set(key, { order, revision })
    forget()
  }

  function forget(): void {
    for (const [id, { entries }] of commands) {
      if (count <= orders_max || commands.size === 1) return
      commands.delete(id)
      count -= entries.size
    }
  }

  const ordersOf = ({ command_id, entries }: Command): Order[] =>
    [...entries].map(([key, { order }]) =>
      latest.get(key)?.command_id === command_id ? order : toSuperseded(order),
    )

  return {
    add,
    list(limit) {
      const newest = [...commands.values()].sort((a, b) => compare(b.requested_at, a.requested_at))
      const summaries = newest.map((command) => toSummary(command, ordersOf(command)))
      return {
        schema: 'beacon.commands.v1',
        commands: summaries.slice(0, limit),
        open: summaries.filter(({ orders, ended }) => ended < orders).length,
      }
    },
    show(commandId, { offset, limit }) {
      const command = commands.get(commandId)
      if (!command) return undefined
      const orders = ordersOf(command)
      const sorted = [...orders].sort(
        (a, b) => Number(a.outcome !== null) - Number(b.outcome !== null) || compare(a.agent_id, b.agent_id),
      )
      return {
        schema: 'beacon.command.v1',
        summary: toSummary(command, orders),
        orders: sorted.slice(offset, offset + limit),
      }
    },
  }
}

function toSummary({ entries: _, ...command }: Command, orders: readonly Order[]): CommandSummary {
  const countOf = (has: (order: Order) => boolean) => orders.filter(has).length
  return {
    ...command,
    changed_at: latestOf([command.requested_at, ...orders.map(changedAt)]),
    orders: orders.length,
    delivered: countOf(({ delivered_at }) => delivered_at !== null),
    acknowledged: countOf(({ acknowledged_at }) => acknowledged_at !== null),
    gone: countOf(({ gone_at }) => gone_at !== null),
    failed: countOf(({ failed_at }) => failed_at !== null),
    ended: countOf(({ outcome }) => outcome !== null),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
