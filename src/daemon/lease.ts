// One holder at a time: a key in a KV bucket that expires unless it is renewed, each time against the last revision.
// The holder gives up by its own monotonic clock before the bucket can expire the key.

import { setTimeout as sleep } from 'node:timers/promises'
import { StorageType } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { type NatsConnection, nuid } from '@nats-io/nats-core'
import { sleepOrAbort } from './sleep-or-abort.ts'

export type LeaseOptions = {
  nc: NatsConnection
  /** Its keys all expire after `ttl_ms`. */
  bucket: string
  key: string
  owner: string
  ttl_ms: number
  /** In memory nothing is written to disk, and the end of the broker releases it. */
  storage?: StorageType
  signal: AbortSignal
  /** How long to wait for the next try while somebody else holds it. One that is released is tried at once. */
  retry_ms?(): number
  /** Told of what ended the work, when it was an error. */
  onError(error: unknown): void
}

export type Lease = {
  /** By performance.now(): until then nobody else holds it. Grows with each renewal. */
  validUntil_ms(): number
}

const retryMax_ms = 500
/** A broker that does not answer must not hold up a stop: neither the end of the work nor the release of the key. */
const stopMax_ms = 500
/** Of the time to live: the rest is for clocks that do not run alike. */
const validShare = 0.8

/** Runs `work` whenever the lease is held, until the signal aborts; the signal given to the work aborts with the lease too. */
export async function runWhileHolding(
  options: LeaseOptions,
  work: (signal: AbortSignal, lease: Lease) => Promise<void>,
): Promise<void> {
  const { signal, ttl_ms } = options
  const retry_ms = options.retry_ms ?? (() => Math.min(ttl_ms / 6, retryMax_ms))
  // Whoever holds it is told apart from an earlier life of its own, which may only be stopped.
  const value = `${options.owner}/${nuid.next()}`
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const releases = watchReleases(options)
  let kv: KV | undefined
  while (!signal.aborted) {
    const released = releases.next()
    try {
      kv ??= await openBucket(options)
      const held = await Promise.race([acquire(kv, options.key, value), aborted])
      if (held && !signal.aborted) {
        const stopped = aborted.then(() => sleep(stopMax_ms))
        await hold(options, held, (lost, lease) => Promise.race([work(lost, lease), stopped]))
      }
    } catch (error) {
      // The bucket may be gone with the broker's store.
      kv = undefined
      if (!signal.aborted) options.onError(error)
    }
    await sleepOrAbort(retry_ms(), AbortSignal.any([signal, released]))
  }
  releases.close()
}

type Held = { kv: KV; value: string; revision: number; at: number }

const openBucket = ({ nc, bucket, ttl_ms, storage = StorageType.File }: LeaseOptions): Promise<KV> =>
  new Kvm(nc).create(bucket, { ttl: ttl_ms, history: 1, storage })

/** Undefined when somebody else holds it. */
async function acquire(kv: KV, key: string, value: string): Promise<Held | undefined> {
  let at = performance.now()
  try {
    return { kv, value, revision: await kv.create(key, value), at }
  } catch (error) {
    if (!isTaken(error)) throw error
  }
  // Ours still, when an answer was lost or the broker was away meanwhile.
  const entry = await kv.get(key)
  if (entry?.string() !== value) return undefined
  at = performance.now()
  return { kv, value, revision: await kv.update(key, value, entry.revision), at }
}

async function hold(
  options: LeaseOptions,
  held: Held,
  work: (signal: AbortSignal, lease: Lease) => Promise<void>,
): Promise<void> {
  const lost = new AbortController()
  const ended = new AbortController()
  const renewing = renew(options, held, ended.signal).finally(() => lost.abort())
  try {
    await work(AbortSignal.any([options.signal, lost.signal]), {
      validUntil_ms: () => held.at + options.ttl_ms * validShare,
    })
  } finally {
    ended.abort()
    await renewing
    // The next holder need not wait for the expiry. If the lease is not ours any more this does nothing.
    const release = held.kv.delete(options.key, { previousSeq: held.revision }).catch(() => {})
    await Promise.race([release, sleep(stopMax_ms)])
  }
}

/** Resolves when the lease is lost or no longer wanted. */
async function renew({ key, ttl_ms }: LeaseOptions, held: Held, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await sleepOrAbort(ttl_ms / 4, ended)
    if (ended.aborted) return
    const at = performance.now()
    try {
      held.revision = await held.kv.update(key, held.value, held.revision, ttl_ms / 4)
      held.at = at
    } catch (error) {
      if (isTaken(error) || performance.now() - held.at > ttl_ms * 0.7) return
    }
  }
}

/** What is written to a bucket passes by as plain messages too, so no consumer is needed to hear of a release. */
function watchReleases({ nc, bucket, key }: LeaseOptions): { next(): AbortSignal; close(): void } {
  let waiting = new AbortController()
  const subscription = nc.subscribe(`$KV.${bucket}.${key}`, {
    callback: (error, message) => {
      if (!error && message.headers?.get('KV-Operation') === 'DEL') waiting.abort()
    },
  })
  return {
    next() {
      waiting = new AbortController()
      return waiting.signal
    },
    close: () => subscription.unsubscribe(),
  }
}

const isTaken = (error: unknown): boolean => /wrong last sequence/.test(String((error as Error).message))
