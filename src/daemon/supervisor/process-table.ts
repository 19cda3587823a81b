// What the operating system says about a process: alive, since when, its command line.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process and its start time: a pid alone may by now belong to somebody else. */
export type ProcessId = { pid: number; started: string | null }

const linux = process.platform === 'linux'

export const ownProcessId = (): ProcessId => ({ pid: process.pid, started: startTime(process.pid) })

/** When a process started, as text to compare: clock ticks since boot on Linux; null where nothing can be read. */
export function startTime(pid: number): string | null {
  if (linux) return readStat(pid)?.[19] ?? null
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

/** Whether this very process still runs. A zombie does not: it holds nothing any more. */
export function isAlive({ pid, started }: ProcessId): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  if (linux && readStat(pid)?.[0] === 'Z') return false
  return started === null || started === startTime(pid)
}

export function commandLine(pid: number): string[] {
  try {
    if (linux) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(' ')
  } catch {
    return []
  }
}

/** The fields of /proc/<pid>/stat from the third (state) on; the second may contain spaces and brackets. */
export function readStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
