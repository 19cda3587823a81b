// A KV bucket in memory: every entry is told once at the start, and each change afterwards, over any loss of the broker.

import { setTimeout as sleep } from 'node:timers/promises'
import type { KV, KvWatchEntry, KvWatchInclude } from '@nats-io/kv'

export type BucketWatch = { close(): void }

const retry_ms = 500

/** Resolves when every entry that the bucket holds was told. `onEntry` is told of a deletion too, by `operation`. */
export async function watchBucket(
  kv: KV,
  onEntry: (entry: KvWatchEntry) => void,
  onError: (error: unknown) => void,
  /** The last value of each key, unless its history is asked for. */
  include?: KvWatchInclude,
): Promise<BucketWatch> {
  const options = include === undefined ? {} : { include }
  let closed = false
  let watcher = await kv.watch(options)
  const { streamInfo } = await kv.status()
  let caughtUp: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    caughtUp = resolve
  })
  if (streamInfo.state.messages === 0) caughtUp()

  async function follow(): Promise<void> {
    while (!closed) {
      try {
        for await (const entry of watcher) {
          onEntry(entry)
          if (entry.delta === 0) caughtUp()
        }
      } catch (error) {
        onError(error)
      }
      if (closed) return
      await sleep(retry_ms)
      // It tells everything anew, which changes nothing.
      await kv.watch(options).then((next) => {
        watcher = next
      }, onError)
    }
  }
  void follow()
  await ready
  return {
    close() {
      closed = true
      watcher.stop()
    },
  }
}
