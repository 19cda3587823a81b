// The newest report that the archive of a home holds for a cluster: how far its beats were counted, for a pulse whose
// broker lost its store.

import type { BarReport } from '../../core/bar-report.ts'
import type { Home } from '../home.ts'
import { ArchiveReader } from './archive-reader.ts'

/** Rows looked at: another cluster may have shared the stream. */
const looked_max = 10_000

/** By its beats, not by its place: a revision of the bar before may come last. Undefined where there is none. */
export async function newestReport(home: Home, cluster: string): Promise<BarReport | undefined> {
  const reader = new ArchiveReader(home.archive)
  try {
    let looked = 0
    let newest: BarReport | undefined
    for (const { report } of reader.bars({ newestFirst: true, onDamage: () => undefined })) {
      if (report.cluster_id === cluster) {
        // Older than a bar before the newest: nothing behind it is newer.
        if (newest && report.to_beat < newest.from_beat - 1) break
        if (!newest || report.to_beat > newest.to_beat) newest = report
      }
      if (++looked === looked_max) break
    }
    return newest
  } finally {
    await reader.close()
  }
}
