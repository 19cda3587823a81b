// The installations in the KV bucket `beacon_installations`: read from memory, written by compare-and-set by whichever gateway.

import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError } from '../../core/errors.ts'
import { installationsBucket, leaseLimits } from '../../core/installation.ts'
import type { InstallationRecord } from '../../core/installation-record.ts'
import { watchBucket } from './watch-bucket.ts'

export type InstallationStore = {
  get(installationId: string): InstallationRecord | undefined
  ofAgent(agentId: string): InstallationRecord[]
  /** Of the bucket itself: this gateway may not have heard yet of what another one wrote. */
  read(installationId: string): Promise<InstallationRecord | undefined>
  /** Resolves when it is durable and the bucket has told its watchers. Throws `overloaded` when it cannot be written. */
  add(record: InstallationRecord): Promise<void>
  /**
   * Writes what `step` makes of the record, again if another gateway wrote meanwhile; writes nothing when it gives back what
   * it was given. Undefined when there is no such installation. Throws `overloaded` when it cannot be written.
   */
  change(
    installationId: string,
    step: (record: InstallationRecord) => InstallationRecord,
  ): Promise<InstallationRecord | undefined>
  close(): void
}

type Held = { record: InstallationRecord; revision: number }

const attempts_max = 8
/** How long an answer waits for the watch, which tells the other gateways at the same time. */
const told_ms = 250
/** A record that nobody wrote for so long holds tokens that ended long ago. */
const life_ms = 2 * leaseLimits.runtime_token_ms

export async function openInstallationStore(
  nc: NatsConnection,
  onError: (error: unknown) => void,
): Promise<InstallationStore> {
  const kv = await new Kvm(nc).create(installationsBucket, {
    history: 1,
    ttl: life_ms,
    description: 'Processes that speak for agents, with the hashes of their tokens.',
  })
  const held = new Map<string, Held>()
  const byAgent = new Map<string, Set<string>>()
  /** The newest revision that the watch told. */
  let told = 0
  const awaited = new Map<number, () => void>()

  function keep(installationId: string, record: InstallationRecord, revision: number): void {
    if ((held.get(installationId)?.revision ?? 0) >= revision) return
    held.set(installationId, { record, revision })
    const ids = byAgent.get(record.agent_id)
    if (ids) ids.add(installationId)
    else byAgent.set(record.agent_id, new Set([installationId]))
  }

  function forget(installationId: string): void {
    const agentId = held.get(installationId)?.record.agent_id
    held.delete(installationId)
    if (agentId === undefined) return
    const ids = byAgent.get(agentId)
    ids?.delete(installationId)
    if (ids?.size === 0) byAgent.delete(agentId)
  }

  const watch = await watchBucket(
    kv,
    (entry) => {
      if (entry.operation === 'PUT') keep(entry.key, entry.json<InstallationRecord>(), entry.revision)
      else forget(entry.key)
      told = Math.max(told, entry.revision)
      awaited.get(entry.revision)?.()
    },
    onError,
  )

  /** A sender that comes back through another gateway is known there, as far as a watch can promise. */
  function untilTold(revision: number): Promise<void> {
    if (told >= revision) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        awaited.delete(revision)
        resolve()
      }
      const timer = setTimeout(done, told_ms)
      awaited.set(revision, done)
    })
  }

  async function load(installationId: string): Promise<Held | undefined> {
    const entry = await kv.get(installationId)
    if (entry?.operation !== 'PUT') return undefined
    keep(installationId, entry.json<InstallationRecord>(), entry.revision)
    return held.get(installationId)
  }

  return {
    get: (installationId) => held.get(installationId)?.record,
    ofAgent: (agentId) => [...(byAgent.get(agentId) ?? [])].flatMap((id) => held.get(id)?.record ?? []),
    read: (installationId) => load(installationId).then((found) => found?.record, toOverloaded),

    async add(record) {
      const id = record.installation_id
      const revision = await kv.create(id, JSON.stringify(record)).catch(toOverloaded)
      keep(id, record, revision)
      await untilTold(revision)
    },

    async change(installationId, step) {
      let current = held.get(installationId)
      for (let attempt = 1; ; attempt++) {
        current ??= await load(installationId).catch(toOverloaded)
        if (!current) return undefined
        const next = step(current.record)
        if (next === current.record) return next
        try {
          const revision = await kv.update(installationId, JSON.stringify(next), current.revision)
          keep(installationId, next, revision)
          await untilTold(revision)
          return next
        } catch (error) {
          if (!isConflict(error) || attempt === attempts_max) return toOverloaded(error)
          current = undefined
        }
      }
    },

    close: () => watch.close(),
  }
}

const isConflict = (error: unknown): boolean => /wrong last sequence/.test(String((error as Error).message))

function toOverloaded(error: unknown): never {
  const detail = error instanceof Error ? error.message : String(error)
  throw new BeaconError('overloaded', `the installations cannot be read or written now (${detail})`)
}
