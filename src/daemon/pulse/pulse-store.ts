// What a cluster's pulse remembers, in the KV bucket `backbeat_state`: read once by a new leader, then replaced by compare-and-set.

import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { type PulseState, pulseStateSchema } from '../../core/pulse-state.ts'

export const pulseStateBucket = 'backbeat_state'

export type PulseStore = {
  /** Null when there is none. Throws when what is there is no state of this version, or nobody answers. */
  read(): Promise<PulseState | null>
  /** Throws when it was refused, since another wrote meanwhile, and when nobody knows. */
  write(state: PulseState): Promise<void>
}

/** After it a leader has no lease any more. */
const write_ms = 1_000

/** Makes the bucket where it is missing. */
export async function openPulseStore(nc: NatsConnection, cluster_id: string): Promise<PulseStore> {
  const open = (): Promise<KV> =>
    new Kvm(nc).create(pulseStateBucket, {
      history: 1,
      description: 'The schedule of each cluster: what its pulse goes on with after any restart.',
    })
  let kv = await open()
  let revision = 0
  return {
    async read() {
      // The broker may have lost its store.
      kv = await open()
      const entry = await kv.get(cluster_id)
      revision = entry?.revision ?? 0
      return entry?.operation === 'PUT' ? parseState(entry.json<unknown>()) : null
    },
    async write(state) {
      const text = JSON.stringify(state)
      revision = await (revision === 0
        ? kv.create(cluster_id, text)
        : kv.update(cluster_id, text, revision, write_ms))
    },
  }
}

function parseState(value: unknown): PulseState {
  const state = value as PulseState | null
  if (state?.schema === pulseStateSchema) return state
  throw new Error(
    `the kept state of the pulse has the schema ${state?.schema}, which this version does not know`,
  )
}
