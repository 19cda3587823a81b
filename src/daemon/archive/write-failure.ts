// What a failed write means: a full disk is waited out, anything else is a bug or a broken disk.

import { statfsSync } from 'node:fs'
import { BeaconError } from '../../core/errors.ts'

const enospc = 28
const edquot = 122
const eio = 5
const mapFull = -30792
/** With less than this free, a write that LMDB calls an input/output error was one cut short: it reports both alike. */
const nearlyFullBytes = 1024 * 1024

/** The error to throw for a failed write below `dir`. */
export function toWriteFailure(error: unknown, dir: string): unknown {
  if (error instanceof BeaconError) return error
  const { code } = error as { code?: number | string }
  const free = freeBytes(dir)
  const nearlyFull = free !== undefined && free < nearlyFullBytes
  const full =
    code === enospc ||
    code === edquot ||
    code === mapFull ||
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    ((code === eio || code === 'EIO') && nearlyFull)
  if (!full) return error
  const left = free === undefined ? '' : `, ${Math.floor(free / 1024)} KiB are free`
  return new BeaconError('disk_full', `the archive in ${dir} could not be written${left}`, { cause: error })
}

export function freeBytes(dir: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    return undefined
  }
}

/** What waits for room is done later; anything else is thrown on. */
export function ignoreDiskFull(error: unknown): void {
  if (!(error instanceof BeaconError && error.code === 'disk_full')) throw error
}
