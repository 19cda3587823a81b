// How far the archive of a home is, for whoever makes a new stream: it begins behind that sequence.

import type { Home } from '../home.ts'
import { ArchiveReader } from './archive-reader.ts'

/** 0 where there is no archive yet. */
export async function archiveCursorSeq(home: Home): Promise<number> {
  const reader = new ArchiveReader(home.archive)
  try {
    return reader.cursor()?.seq ?? 0
  } finally {
    await reader.close()
  }
}
