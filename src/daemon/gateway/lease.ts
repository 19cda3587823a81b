// One holder at a time: a key in a KV bucket that expires unless it is renewed, each time against the last revision.
// The holder gives up by its own clock before the bucket can expire the key.

import { setTimeout as sleep } from 'node:timers/promises'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { sleepOrAbort } from './sleep-or-abort.ts'

export type LeaseOptions = {
  nc: NatsConnection
  bucket: string
  key: string
  owner: string
  ttl_ms: number
  signal: AbortSignal
  /** Told of what ended the work, when it was an error. */
  onError(error: unknown): void
}

const retryMax_ms = 500
/** A broker that does not answer must not hold up a stop: neither the end of the work nor the release of the key. */
const stopMax_ms = 500

/** Runs `work` whenever the lease is held, until the signal aborts; the signal given to the work aborts with the lease too. */
export async function runWhileHolding(
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, ttl_ms } = options
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  while (!signal.aborted) {
    try {
      const held = await Promise.race([acquire(options), aborted])
      if (held && !signal.aborted) {
        const stopped = aborted.then(() => sleep(stopMax_ms))
        await hold(options, held, (lost) => Promise.race([work(lost), stopped]))
      }
    } catch (error) {
      if (!signal.aborted) options.onError(error)
    }
    await sleepOrAbort(Math.min(ttl_ms / 6, retryMax_ms), signal)
  }
}

type Held = { kv: KV; revision: number; at: number }

/** Undefined when somebody else holds it. */
async function acquire({ nc, bucket, key, owner, ttl_ms }: LeaseOptions): Promise<Held | undefined> {
  const at = performance.now()
  const kv = await new Kvm(nc).create(bucket, { ttl: ttl_ms, history: 1 })
  try {
    return { kv, revision: await kv.create(key, owner), at }
  } catch (error) {
    if (isTaken(error)) return undefined
    throw error
  }
}

async function hold(
  options: LeaseOptions,
  held: Held,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController()
  const ended = new AbortController()
  const renewing = renew(options, held, ended.signal).finally(() => lost.abort())
  try {
    await work(AbortSignal.any([options.signal, lost.signal]))
  } finally {
    ended.abort()
    await renewing
    // The next holder need not wait for the expiry. If the lease is not ours any more this does nothing.
    const release = held.kv.delete(options.key, { previousSeq: held.revision }).catch(() => {})
    await Promise.race([release, sleep(stopMax_ms)])
  }
}

/** Resolves when the lease is lost or no longer wanted. */
async function renew({ key, owner, ttl_ms }: LeaseOptions, held: Held, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await sleepOrAbort(ttl_ms / 4, ended)
    if (ended.aborted) return
    const at = performance.now()
    try {
      held.revision = await held.kv.update(key, owner, held.revision, ttl_ms / 4)
      held.at = at
    } catch (error) {
      if (isTaken(error) || performance.now() - held.at > ttl_ms * 0.7) return
    }
  }
}

const isTaken = (error: unknown): boolean => /wrong last sequence/.test(String((error as Error).message))
