// `beacon bench archive`: the archive alone, in a folder of its own, against its budgets.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchArchive } from '../daemon/archive/bench-archive.ts'
import { type BenchRow, toFigure, toLimit } from './bench-row.ts'

type ArchiveBench = Awaited<ReturnType<typeof benchArchive>>

export async function runArchiveBench(events: number, signal: AbortSignal): Promise<ArchiveBench> {
  const dir = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  try {
    return await benchArchive({ dir, events, signal })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const rate_min = 300_000

export function toArchiveRows(result: ArchiveBench): BenchRow[] {
  const { events_per_s: rate, events_per_s_last_tenth: last } = result
  return [
    {
      ...toFigure('archive', 'archive alone', rate, 'events/s'),
      budget: `≥ ${rate_min.toLocaleString('en')}/s`,
      met: rate >= rate_min,
    },
    {
      ...toFigure('archive', 'its last tenth', last, 'events/s'),
      budget: 'not falling',
      met: last >= 0.9 * rate,
    },
    toLimit('archive', 'disk', result.bytes_per_event, 40, 'B/event'),
    toLimit('archive', 'last 100 of an agent, p99', result.last100_p99_ms, 20, 'ms'),
    toFigure('archive', 'longest checkpoint', result.checkpoint_ms_max, 'ms'),
  ]
}
