// Installations: the processes that speak for agents. They register, call in, and say goodbye; each step is an event through
// the lanes, and the record in the bucket says who they are and what their tokens are.

import { randomInt } from 'node:crypto'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Principal } from '../../core/access.ts'
import { BeaconError, type ErrorCode } from '../../core/errors.ts'
import { makeIdSource } from '../../core/event-id.ts'
import {
  type HeartbeatAnswer,
  type HeartbeatBody,
  leaseLimits,
  type RefreshedToken,
  type RegisterAnswer,
  type RegisterBody,
  type ShutdownAnswer,
  type ShutdownBody,
} from '../../core/installation.ts'
import {
  type InstallationRecord,
  isRevoked,
  judgeRuntime,
  makeRecord,
  nextVersion,
  wantsTokens,
  withEnd,
  withFirstUse,
  withPending,
} from '../../core/installation-record.ts'
import type { Order } from '../../core/order.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { TokenParts } from '../../core/token.ts'
import type { EntryEvent } from '../gateway/door.ts'
import type { Lanes } from '../gateway/lanes.ts'
import type { StampEvent } from '../gateway/stamp.ts'
import { watchDeafness } from './deafness.ts'
import { toCommand, toDetail, toTimes } from './installation-answers.ts'
import { toGoodbye, toHeartbeat, toRegistered } from './installation-events.ts'
import { openInstallationStore } from './installation-store.ts'
import { issueTokens, toInstallationId } from './installation-tokens.ts'
import type { Orders } from './orders.ts'
import { recoverInstallation } from './recover-installation.ts'
import { hashSecret } from './tokens.ts'

export type InstallationsOptions = {
  nc: NatsConnection
  stamp: StampEvent
  lanes: Pick<Lanes, 'admit' | 'blocked'>
  now_ms(): number
  orders: Pick<Orders, 'pendingFor' | 'standingFor' | 'delivered' | 'acknowledged' | 'gone'>
  log: { warn(fields: object, message: string): void }
}

export type Installations = {
  byId(installation_id: string): InstallationRecord | undefined
  /** All that are known of the agent; those that said goodbye or were ended too, until their records go. */
  ofAgent(agent_id: string): InstallationRecord[]
  /**
   * Whose runtime token it is, or token_invalid, token_expired. The token of a revoked installation reaches no agent; it only
   * gets to its own installation's routes, to be told so and to say goodbye.
   */
  verify(parts: TokenParts): Result<Principal, ErrorCode>
  /**
   * Makes an installation, or goes on with one: then its refresh token is enough. Throws what `recoverInstallation` throws,
   * installation_invalid, token_missing, overloaded.
   */
  register(body: RegisterBody, by: Principal | null): Promise<RegisterAnswer>
  /** Answers also when the heartbeat cannot be stored. Throws installation_not_found. */
  heartbeat(installation_id: string, body: HeartbeatBody): Promise<HeartbeatAnswer>
  /** Throws installation_not_found, overloaded. */
  shutdown(installation_id: string, body: ShutdownBody): Promise<ShutdownAnswer>
  /** It does not come back. Said again it changes nothing. Throws installation_not_found, overloaded. */
  end(installation_id: string, how: 'terminated' | 'revoked', by: string, reason: string): Promise<void>
  close(): void
}

/** An answer does not wait longer for the stream: it carries commands. */
const admit_ms = 2_000

export async function openInstallations(options: InstallationsOptions): Promise<Installations> {
  const { nc, stamp, lanes, now_ms, orders, log } = options
  const store = await openInstallationStore(nc, (error) =>
    log.warn({ err: error }, 'the watch of the installations starts anew'),
  )
  const deafness = watchDeafness(nc, lanes)
  const nextId = makeIdSource(now_ms, () => [randomInt(2 ** 31), randomInt(2 ** 31)])

  /** What no answer waits for, and what comes again when it fails. */
  function inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => log.warn({ err: error }, 'a step of an installation was not written'))
  }

  async function find(installationId: string): Promise<InstallationRecord> {
    const record = store.get(installationId) ?? (await store.read(installationId))
    if (!record) throw notFound(installationId)
    return record
  }

  /** Its sequence; null when it is not (known to be) stored. */
  async function admit(event: EntryEvent): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), admit_ms)
    })
    const admission = await Promise.race([lanes.admit([stamp(event)]), late])
    clearTimeout(timer)
    const seq = admission?.seqs[0] ?? 0
    if (seq > 0) return seq
    deafness.failed()
    return null
  }

  async function make(body: RegisterBody): Promise<{ record: InstallationRecord; told: RefreshedToken }> {
    const installation_id = nextId()
    const { generation, told } = issueTokens(installation_id, 1, now_ms())
    const interval_ms = toInterval(body) ?? leaseLimits.interval_s_default * 1_000
    const record = makeRecord({ installation_id, agent_id: body.agent_id, interval_ms }, generation)
    await store.add(record)
    return { record, told }
  }

  function deliver(installationId: string, order: Order | undefined): void {
    if (order) inBackground(orders.delivered(installationId, order.command_id, 'heartbeat'))
  }

  /** New tokens when those in force end soon. Null when they do not, or when none can be written now. */
  async function refresh({ installation_id }: InstallationRecord): Promise<RefreshedToken | null> {
    let told: RefreshedToken | null = null
    const isDue = (held: InstallationRecord): boolean =>
      held.ended === null && wantsTokens(held, now_ms(), leaseLimits.refresh_before_ms)
    const record = store.get(installation_id)
    if (!record || !isDue(record)) return null
    const refreshed = store.change(installation_id, (held) => {
      told = null
      if (!isDue(held)) return held
      const issued = issueTokens(installation_id, nextVersion(held), now_ms())
      told = issued.told
      return withPending(held, issued.generation)
    })
    return await refreshed.then(
      () => told,
      (error: unknown) => {
        log.warn({ err: error, installation_id }, 'a runtime token could not be refreshed')
        return null
      },
    )
  }

  function withInterval(record: InstallationRecord, body: HeartbeatBody): InstallationRecord {
    const interval_ms = toInterval(body) ?? record.interval_ms
    if (interval_ms === record.interval_ms) return record
    // The lease that it asked for holds whether that can be written now or not.
    inBackground(store.change(record.installation_id, (held) => ({ ...held, interval_ms })))
    return { ...record, interval_ms }
  }

  return {
    byId: store.get,
    ofAgent: store.ofAgent,

    verify({ kind, id, secret }) {
      const record = kind === 'runtime' ? store.get(toInstallationId(id) ?? '') : undefined
      if (!record) return err('token_invalid')
      const verdict = judgeRuntime(record, hashSecret(secret), now_ms())
      if (!verdict.ok) return verdict
      const { installation_id, agent_id } = record
      const { generation, first_use } = verdict.value
      if (first_use)
        inBackground(store.change(installation_id, (held) => withFirstUse(held, generation.version)))
      const revoked = isRevoked(record)
      return ok({
        role: 'runtime',
        name: `installation ${installation_id}${revoked ? ' (revoked)' : ''}`,
        agents: revoked ? '' : agent_id,
        installation_id,
      })
    },

    async register(body, by) {
      const { agent_id, installation_id: earlier, refresh_token } = body
      const recovered = earlier !== undefined && refresh_token !== undefined
      if (!recovered && (earlier ?? refresh_token) !== undefined)
        throw new BeaconError(
          'installation_invalid',
          'recovery takes installation_id and refresh_token together',
        )
      if (!recovered && by === null)
        throw new BeaconError('token_missing', 'a new installation takes an install token')
      const { record, told } = recovered
        ? await recoverInstallation(
            store,
            { agent_id, installation_id: earlier, refresh_token, interval_ms: toInterval(body) },
            now_ms(),
          )
        : await make(body)
      await admit(toRegistered(record, body, recovered, by?.name ?? 'its refresh token'))
      const { installation_id, interval_ms } = record
      const order = orders.standingFor(installation_id)
      deliver(installation_id, order)
      return {
        schema: 'beacon.installation.v1',
        installation_id,
        agent_id,
        ...told,
        heartbeat_interval_seconds: interval_ms / 1_000,
        ...toTimes(interval_ms, now_ms()),
        recovered,
        ...toCommand(order),
      }
    },

    async heartbeat(installationId, body) {
      const found = await find(installationId)
      const acknowledged = body.acknowledged ?? []
      for (const commandId of acknowledged) inBackground(orders.acknowledged(installationId, commandId, {}))
      const revoked = isRevoked(found)
      // It said its last word: a heartbeat that was under way then brings nobody back.
      const renewed = found.stopped_at_ms === null && !revoked
      const record = renewed ? withInterval(found, body) : found
      if (renewed) await admit(toHeartbeat(record, body))
      const pending = orders.pendingFor(installationId)
      const order = pending && !acknowledged.includes(pending.command_id) ? pending : undefined
      deliver(installationId, order)
      const told = toCommand(order)
      return {
        schema: 'beacon.heartbeat.v1',
        installation_id: installationId,
        agent_id: record.agent_id,
        lease_renewed: renewed,
        lease_expires_at: null,
        next_heartbeat_at: null,
        ...(renewed ? toTimes(record.interval_ms, now_ms()) : {}),
        ...told,
        ...(revoked ? { command: 'terminate', reason: record.ended?.reason ?? told.reason } : {}),
        revoked,
        shutdown_timeout_ms: order?.shutdown_timeout_ms ?? leaseLimits.shutdown_timeout_ms,
        refreshed_token: renewed ? await refresh(record) : null,
      }
    },

    async shutdown(installationId, body) {
      const record = await find(installationId)
      const { agent_id, stopped_at_ms } = record
      const seq = stopped_at_ms === null ? await admit(toGoodbye(record, body)) : null
      const now = now_ms()
      await store.change(installationId, (held) =>
        held.stopped_at_ms === null ? { ...held, stopped_at_ms: now } : held,
      )
      inBackground(orders.gone(agent_id, installationId, 'gone', toDetail(body)))
      return { schema: 'beacon.shutdown.v1', installation_id: installationId, agent_id, seq }
    },

    async end(installationId, how, by, reason) {
      const ended = { how, at_ms: now_ms(), by, reason }
      if (!(await store.change(installationId, (held) => withEnd(held, ended))))
        throw notFound(installationId)
    },

    close() {
      deafness.close()
      store.close()
    },
  }
}

const notFound = (installationId: string): BeaconError =>
  new BeaconError('installation_not_found', `there is no installation ${installationId.slice(0, 80)}`)

const toInterval = ({ heartbeat_interval_seconds: seconds }: RegisterBody | HeartbeatBody) =>
  seconds === undefined ? undefined : Math.round(seconds * 1_000)
