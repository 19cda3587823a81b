// The state of the duplicate rule on disk: rows of core/seen.ts in compressed chunks, written at each checkpoint.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { fromSeenRow, makeSeen, type Seen, type SeenRow, toSeenRows } from '../../core/seen.ts'
import type { Environment } from './environment.ts'
import { metaKeys } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

const agentsPerChunk = 2000
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function encodeSeen(seen: Seen): { key: Buffer; value: Buffer }[] {
  const chunks: { key: Buffer; value: Buffer }[] = []
  let rows: SeenRow[] = []
  const flush = (): void => {
    const key = metaKeys.seen(chunks.length)
    chunks.push({ key, value: toSealed(key, zstdCompressSync(JSON.stringify(rows), compression)) })
    rows = []
  }
  for (const row of toSeenRows(seen)) {
    rows.push(row)
    if (rows.length === agentsPerChunk) flush()
  }
  if (rows.length > 0) flush()
  return chunks
}

/** The state of the last checkpoint; undefined when a chunk is missing or damaged. Call within `read`. */
export function readSeen(environment: Environment, chunks: number): Seen | undefined {
  const seen = makeSeen()
  for (let chunk = 0; chunk < chunks; chunk++) {
    const key = metaKeys.seen(chunk)
    const sealed = environment.get('meta', key)
    const packed = sealed && fromSealed(key, sealed)
    if (!packed) return undefined
    for (const row of JSON.parse(zstdDecompressSync(packed).toString('utf8')) as SeenRow[]) {
      fromSeenRow(seen, row)
    }
  }
  return seen
}
