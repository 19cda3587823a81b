// Where a new stream must begin: behind everything that an existing archive holds.

import { readdirSync } from 'node:fs'
import type { Home } from './home.ts'

/** The last archived sequence; 0 without an archive. Most starts have no new stream, or no archive yet: LMDB is loaded on demand. */
export async function archiveCursorSeq(home: Home): Promise<number> {
  if (readdirSync(home.archive).length === 0) return 0
  const { ArchiveReader } = await import('./archive/archive-reader.ts')
  const reader = new ArchiveReader(home.archive)
  try {
    return reader.cursor()?.seq ?? 0
  } finally {
    await reader.close()
  }
}
