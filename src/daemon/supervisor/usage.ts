// Memory and CPU of processes, from /proc or, where there is none, from ps.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readStat } from './process-table.ts'

export type Usage = { rss_bytes: number | null; cpu_percent: number | null }

export type UsageMeter = {
  /** Call about each second: CPU is the share of one core since the call before. */
  sample(pids: number[]): void
  of(pid: number | null): Usage
}

const unknown: Usage = { rss_bytes: null, cpu_percent: null }
/** Linux reports CPU time to programs in hundredths of a second, whatever its own tick is. */
const tick_ms = 10

export function makeUsageMeter(): UsageMeter {
  let latest = new Map<number, Usage & { cpu_ms: number; at_ms: number }>()
  return {
    sample(pids) {
      const before = latest
      latest = new Map()
      if (process.platform !== 'linux') return sampleByPs(pids, latest)
      for (const pid of pids) {
        const fields = readStat(pid)
        if (!fields) continue
        const at_ms = performance.now()
        const cpu_ms = (Number(fields[11]) + Number(fields[12])) * tick_ms
        const last = before.get(pid)
        const cpu_percent =
          last && at_ms > last.at_ms
            ? Math.round(((cpu_ms - last.cpu_ms) / (at_ms - last.at_ms)) * 100)
            : null
        latest.set(pid, { rss_bytes: readRss(pid), cpu_percent, cpu_ms, at_ms })
      }
    },
    of(pid) {
      const usage = pid === null ? undefined : latest.get(pid)
      if (usage) return { rss_bytes: usage.rss_bytes, cpu_percent: usage.cpu_percent }
      return pid === null ? unknown : { rss_bytes: readRss(pid), cpu_percent: null }
    },
  }
}

/** In kB from /proc/<pid>/status: the page count in stat would need the page size. */
function readRss(pid: number): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return line ? Number(line[1]) * 1024 : null
  } catch {
    return null
  }
}

function sampleByPs(pids: number[], into: Map<number, Usage & { cpu_ms: number; at_ms: number }>): void {
  if (pids.length === 0) return
  try {
    const text = execFileSync('ps', ['-o', 'pid=,rss=,pcpu=', '-p', pids.join(',')], { encoding: 'utf8' })
    for (const line of text.trim().split('\n')) {
      const [pid, rss, cpu] = line.trim().split(/\s+/).map(Number)
      if (pid)
        into.set(pid, {
          rss_bytes: (rss ?? 0) * 1024,
          cpu_percent: Math.round(cpu ?? 0),
          cpu_ms: 0,
          at_ms: 0,
        })
    }
  } catch {
    // Shown as unknown.
  }
}
