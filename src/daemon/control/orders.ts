// Orders to agents: requested, given, acknowledged, gone. The bucket is the truth; whichever gateway sees a step writes it.

import { randomUUID } from 'node:crypto'
import type { NatsConnection } from '@nats-io/nats-core'
import type { InstallationRecord } from '../../core/installation-record.ts'
import type {
  AckBody,
  CommandAnswer,
  CommandDocument,
  CommandRequest,
  CommandScope,
  CommandsDocument,
  EndedAgents,
  Order,
} from '../../core/order.ts'
import { makeOrderBook } from '../../core/order-book.ts'
import {
  endsInstallation,
  isDue,
  isStanding,
  mayReplace,
  type OrderChange,
  type OrderDraft,
  stepOrder,
  stepThrough,
  toOrder,
} from '../../core/order-step.ts'
import { toOrderKey } from '../../core/subjects.ts'
import { openOrderStore } from './order-store.ts'

/** What orders need to know of an installation. */
export type Target = Pick<InstallationRecord, 'installation_id' | 'stopped_at_ms' | 'ended'>

export type Via = NonNullable<Order['via']>

export type OrderTargets = {
  ofAgent(agentId: string): readonly Target[]
  /** It does not come back. Said again it changes nothing. */
  end(installationId: string, how: 'terminated' | 'revoked', by: string, reason: string): Promise<unknown>
  /** Of these agents without an installation, those that Beacon never heard of, and those that stopped. */
  lookUp(agentIds: readonly string[]): Promise<ReadonlyMap<string, 'unknown' | 'stopped'>>
}

export type Orders = {
  /** What this installation has still to be told. */
  pendingFor(installationId: string): Order | undefined
  /** What binds it now: what is pending, or a pause that it keeps. For a registration that recovers. */
  standingFor(installationId: string): Order | undefined
  /** Resolves when the orders are written down. The request must be a valid one (core/order-request.ts). */
  request(request: CommandRequest, by: string): Promise<CommandAnswer>
  delivered(installationId: string, commandId: string, via: Via): Promise<void>
  /** Undefined when the installation has no such order. */
  acknowledged(installationId: string, commandId: string, ack: AckBody, via?: Via): Promise<Order | undefined>
  /** The installation said goodbye. */
  gone(agentId: string, installationId: string, outcome: 'gone', detail?: string | null): Promise<void>
  /** The agent as a whole ended. */
  ended(agent: EndedAgents['agents'][number]): Promise<void>
  /** A step of an order that is known by its key, such as one to an agent without installation. */
  step(order: Pick<Order, 'agent_id' | 'installation_id' | 'command_id'>, change: OrderChange): Promise<void>
  list(limit: number): CommandsDocument
  show(commandId: string, page: { offset: number; limit: number }): CommandDocument | undefined
  /** Told of each order that is new or changed, those that stand at first. */
  watch(listener: (order: Order) => void): () => void
  close(): void
}

export type OrdersOptions = {
  nc: NatsConnection
  targets: OrderTargets
  log: { warn(fields: object, message: string): void }
  now_ms?: () => number
}

const shutdown_timeout_ms = 5_000

export async function openOrders({ nc, targets, log, now_ms = Date.now }: OrdersOptions): Promise<Orders> {
  const book = makeOrderBook()
  const keys = { ofInstallation: new Map<string, string>(), ofAgent: new Map<string, Set<string>>() }
  const told = new Map<string, number>()
  const listeners = new Set<(order: Order) => void>()
  const store = await openOrderStore({
    nc,
    onRevision(key, { order, revision }) {
      book.add(key, order, revision)
      if ((told.get(key) ?? 0) >= revision) return
      told.set(key, revision)
      index(key, order)
      for (const listener of listeners) listener(order)
    },
    onError: (err) => log.warn({ err }, 'the watch of the orders starts anew'),
  })

  function index(key: string, { agent_id, installation_id }: Order): void {
    if (installation_id !== null) keys.ofInstallation.set(installation_id, key)
    const ofAgent = keys.ofAgent.get(agent_id) ?? new Set()
    ofAgent.add(key)
    keys.ofAgent.set(agent_id, ofAgent)
  }

  const now = (): string => new Date(now_ms()).toISOString()
  const ofInstallation = (id: string): Order | undefined => {
    const key = keys.ofInstallation.get(id)
    return key === undefined ? undefined : store.kept.get(key)?.order
  }
  const ofAgent = (agentId: string): Order[] =>
    [...(keys.ofAgent.get(agentId) ?? [])].flatMap((key) => store.kept.get(key)?.order ?? [])

  const step: Orders['step'] = async ({ agent_id, installation_id, command_id }, change) => {
    await store.write(toOrderKey(agent_id, installation_id), (order) =>
      order?.command_id === command_id ? stepOrder(order, change) : undefined,
    )
  }

  /** The order as it stands afterwards; one that may not be given is not written, and says why. */
  async function place(draft: OrderDraft, stopped: boolean): Promise<Order> {
    const fresh = toFirst(draft, stopped)
    const stands = await store.write(toOrderKey(draft.agent_id, draft.installation_id), (before) =>
      before?.command_id !== draft.command_id && mayReplace(before, draft.command) ? fresh : undefined,
    )
    if (stands?.command_id === draft.command_id) return stands
    const detail = `a ${stands?.command} stands already`
    return { ...toOrder(draft), failed_at: draft.requested_at, outcome: 'failed', detail, news: [] }
  }

  async function request(asked: CommandRequest, by: string): Promise<CommandAnswer> {
    const { command, dry_run = false } = asked
    const command_id = asked.command_id ?? randomUUID()
    const scope = asked.scope ?? toScope(asked.agents)
    const requested_at = now()
    const agents = [...new Set(asked.agents)]
    const alone = agents.filter((agent) => targets.ofAgent(agent).length === 0)
    const found = alone.length === 0 ? new Map() : await targets.lookUp(alone)
    const unknown = alone.filter((agent) => found.get(agent) === 'unknown')
    const toDraft = (agent_id: string, target: Target | undefined): OrderDraft => ({
      command_id,
      command,
      agent_id,
      installation_id: target?.installation_id ?? null,
      reason: asked.reason,
      by,
      scope,
      shutdown_timeout_ms: asked.shutdown_timeout_ms ?? shutdown_timeout_ms,
      requested_at,
    })
    const places = agents
      .filter((agent) => found.get(agent) !== 'unknown')
      .flatMap((agent) =>
        chooseTargets(targets.ofAgent(agent), asked.installation_id).map((target) => ({
          draft: toDraft(agent, target),
          stopped: target ? !isRunning(target) : found.get(agent) === 'stopped',
        })),
      )
    const orders = await Promise.all(
      places.map(async ({ draft, stopped }) => {
        if (dry_run) return { ...toFirst(draft, stopped), news: [] }
        const order = await place(draft, stopped)
        await end(order)
        return order
      }),
    )
    return { schema: 'beacon.command.v1', command_id, command, dry_run, orders, unknown }
  }

  /** The order was written first: should the gateway die in between, it still reaches the agent, and asking again ends it. */
  async function end({ command, installation_id, outcome, by, reason }: Order): Promise<void> {
    if (installation_id === null || !endsInstallation(command) || outcome === 'failed') return
    await targets.end(installation_id, command === 'revoke' ? 'revoked' : 'terminated', by, reason)
  }

  return {
    pendingFor(installationId) {
      const order = ofInstallation(installationId)
      return order && isDue(order) ? order : undefined
    },
    standingFor(installationId) {
      const order = ofInstallation(installationId)
      return order && isStanding(order) ? order : undefined
    },
    request,
    async delivered(installationId, commandId, via) {
      const order = ofInstallation(installationId)
      if (order?.command_id === commandId) await step(order, { step: 'delivered', at: now(), via })
    },
    async acknowledged(installationId, commandId, ack, via = 'heartbeat') {
      const order = ofInstallation(installationId)
      if (order?.command_id !== commandId) return undefined
      await step(order, toAcknowledgement(ack, via, now()))
      return ofInstallation(installationId)
    },
    async gone(agentId, installationId, outcome, detail) {
      const order = ofInstallation(installationId)
      if (order?.agent_id === agentId)
        await step(order, { step: 'gone', at: now(), outcome, ...(detail ? { detail } : {}) })
    },
    async ended({ agent_id, how, at_ms }) {
      // An order that came later is for whoever runs under this id now.
      const open = ofAgent(agent_id).filter(
        ({ outcome, requested_at }) => outcome === null && Date.parse(requested_at) <= at_ms,
      )
      // A goodbye is one installation's, and does not say which. Who fell silent may come back and pause then.
      const meant =
        how === 'lease_expired'
          ? open.filter(({ command }) => endsInstallation(command))
          : open.filter(({ installation_id }) => open.length === 1 || installation_id === null)
      const change: OrderChange = {
        step: 'gone',
        at: now(),
        outcome: how === 'stopped' ? 'gone' : 'lease_expired',
      }
      await Promise.all(meant.map((order) => step(order, change)))
    },
    step,
    list: book.list,
    show: book.show,
    watch(listener) {
      for (const { order } of store.kept.values()) listener(order)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: store.close,
  }
}

export function toAcknowledgement({ outcome = 'done', detail }: AckBody, via: Via, at: string): OrderChange {
  if (outcome === 'failed') return { step: 'failed', at, detail: detail ?? 'the agent could not' }
  return { step: 'acknowledged', at, via, ...(detail === undefined ? {} : { detail }) }
}

/** The first revision. Who is stopped already needs no ending, and cannot pause or go on. */
function toFirst(draft: OrderDraft, stopped: boolean): Order {
  const order = toOrder(draft)
  if (!stopped) return order
  const at = draft.requested_at
  const change: OrderChange = endsInstallation(draft.command)
    ? { step: 'gone', at, outcome: 'already_gone' }
    : { step: 'failed', at, detail: 'it is stopped' }
  const stepped = stepThrough(order, [change]) ?? order
  return { ...stepped, news: [...order.news, ...stepped.news] }
}

/** One that was terminated runs until it says goodbye. */
const isRunning = ({ stopped_at_ms, ended }: Target): boolean =>
  stopped_at_ms === null && (ended === null || ended.how === 'terminated')

/** The installations that run; where none does, the last one, so that the answer says so; without any the agent as such. */
function chooseTargets(all: readonly Target[], installationId: string | undefined): (Target | undefined)[] {
  if (installationId !== undefined)
    return all.filter(({ installation_id }) => installation_id === installationId)
  if (all.length === 0) return [undefined]
  const running = all.filter(isRunning)
  return running.length > 0 ? running : all.slice(-1)
}

const scopeText_max = 200

const toScope = (agents: readonly string[]): CommandScope => ({
  kind: 'agents',
  text: agents.join(' ').slice(0, scopeText_max).toWellFormed(),
  targets: agents.length,
})
