// Several daemons may share one NATS, each with an archive of its own. Each archive says how far it is, and the stream is
// purged only behind the slowest of those that live: what one has not archived yet, no other takes away.
//
// An archive that says nothing for `life_ms` is taken for gone, or a daemon that was switched off would hold the stream
// until it is full. It loses what was purged meanwhile, and its books name that as missing.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import { writeFileAtomic } from '../write-file-atomic.ts'

/** How far an archive is. One that has not begun with the present stream holds all of it. */
export type Hold = { stream_created: string; seq: number }

export type ArchiveHolds = {
  put(hold: Hold): Promise<void>
  /** The last sequence that every other archive alive has; infinite when there is none. */
  othersReached(stream_created: string): Promise<number>
}

const bucket = 'beacon_archives'
const life_ms = 180_000

/** `id` is that of the archive, not of a process: after a restart it goes on under the same name. */
export async function openArchiveHolds(nc: NatsConnection, id: string): Promise<ArchiveHolds> {
  // Where it was lost with the broker's store it is made again.
  const open = () => new Kvm(nc).create(bucket, { ttl: life_ms, history: 1 })
  let kv = await open()
  return {
    async put({ stream_created, seq }) {
      const value = JSON.stringify({ stream_created, seq } satisfies Hold)
      await kv.put(id, value).catch(async () => {
        kv = await open()
        await kv.put(id, value)
      })
    },
    async othersReached(stream_created) {
      let least = Number.POSITIVE_INFINITY
      for await (const key of await kv.keys()) {
        const entry = key === id ? null : await kv.get(key)
        if (!entry) continue
        const hold = entry.json<Hold>()
        least = Math.min(least, hold.stream_created === stream_created ? hold.seq : 0)
      }
      return least
    },
  }
}

/** Names an archive for as long as its folder lasts. */
export function archiveId(dir: string): string {
  const file = join(dir, 'id')
  try {
    const id = readFileSync(file, 'utf8').trim()
    if (/^[0-9a-f-]{36}$/.test(id)) return id
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const id = randomUUID()
  writeFileAtomic(file, `${id}\n`)
  return id
}
