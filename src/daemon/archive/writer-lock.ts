// One writer per archive: a file that names the process holding it. The lock of a dead process is taken over.

import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'

type Holder = { pid: number; started: string }

/** Takes the lock of the archive in `dir`; returns how to give it back. Throws BeaconError `archive_locked`. */
export function lockArchive(dir: string): () => void {
  const path = join(dir, 'writer.lock')
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' } satisfies Holder)
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, mine)
  try {
    while (!tryLink(draft, path)) {
      const text = readIfThere(path)
      if (text === undefined) continue
      if (isHeld(text)) throw new BeaconError('archive_locked', `${path} names ${text}`)
      removeStale(path, text)
    }
  } finally {
    unlinkSync(draft)
  }
  return () => {
    if (readIfThere(path) === mine) unlinkSync(path)
  }
}

/** A link appears whole or not at all, unlike a file that is created and then written. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isHeld(text: string): boolean {
  const holder = parseHolder(text)
  if (!holder) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // The number of a dead process is given out again, in a container within seconds; its start time is not.
  const started = startOf(holder.pid)
  return started === undefined || holder.started === '' || started === holder.started
}

/** Moves the stale lock aside before deleting it: when another process took over meanwhile, its lock is put back. */
function removeStale(path: string, judged: string): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readIfThere(aside) !== judged) tryLink(aside, path)
  unlinkSync(aside)
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder
    return Number.isInteger(holder.pid) ? holder : undefined
  } catch {
    return undefined
  }
}

/** When a process began, in ticks since boot (field 22 of /proc/<pid>/stat); undefined where that is not to be had. */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
