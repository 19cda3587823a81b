// The spool on disk: lines in files named after the position of their first, and the position up to which all is done.
//
// A line is written before its event is sent, so a process that is killed loses none. What a power cut takes is lost.

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** Each throws what the file system refuses. */
export type SpoolFiles = {
  append(position: number, line: string): void
  /** All before `position` is done with. */
  release(position: number): void
  close(): void
}

const digits = 16
const toName = (position: number): string => `${String(position).padStart(digits, '0')}.ndjson`
const namePattern = /^(\d{16})\.ndjson$/

/** `start` is the position of the first of `lines`, which wait since an earlier process. */
export function makeSpoolFiles(
  folder: string,
  fileBytes_max: number,
): { files: SpoolFiles; start: number; lines: string[] } {
  const dir = join(folder, 'spool')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const { start, lines, firsts } = readSpool(dir)
  const positionFd = openSync(join(dir, 'position'), 'r+')
  let fd: number | undefined
  let fileBytes = 0

  return {
    start,
    lines,
    files: {
      append(position, line) {
        if (fd === undefined || fileBytes >= fileBytes_max) {
          if (fd !== undefined) closeSync(fd)
          fd = openSync(join(dir, toName(position)), 'a', 0o600)
          fileBytes = 0
          firsts.push(position)
        }
        fileBytes += writeSync(fd, `${line}\n`)
      },
      release(position) {
        writeSync(positionFd, toPosition(position), 0)
        // A file is over when the next begins at or before the position; the last one may still grow.
        for (let next = firsts[1]; next !== undefined && next <= position; next = firsts[1]) {
          rmSync(join(dir, toName(firsts[0] ?? 0)), { force: true })
          firsts.shift()
        }
      },
      close() {
        if (fd !== undefined) closeSync(fd)
        closeSync(positionFd)
      },
    },
  }
}

const toPosition = (position: number): string => `${String(position).padStart(digits, '0')}\n`

function readSpool(dir: string): { start: number; lines: string[]; firsts: number[] } {
  const positionFile = join(dir, 'position')
  const lines: string[] = []
  const firsts = readdirSync(dir)
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const done = readPosition(positionFile)
  let end = Math.max(done, firsts[0] ?? 0)
  const start = end
  for (const first of firsts) {
    // Without its line feed the last line was cut off by a crash.
    const text = readFileSync(join(dir, toName(first)), 'utf8')
    const whole = text.split('\n').slice(0, -1)
    const waiting = whole.slice(Math.max(0, end - first))
    lines.push(...waiting)
    end = Math.max(end, first + whole.length)
  }
  // What waits is written anew into one file: this mends a torn end. Only then the old ones go; overlaps are read above.
  if (lines.length > 0) {
    const draft = join(dir, 'draft')
    writeFileSync(draft, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
    renameSync(draft, join(dir, toName(start)))
  }
  for (const first of firsts) {
    if (first !== start || lines.length === 0) rmSync(join(dir, toName(first)), { force: true })
  }
  writeFileSync(positionFile, toPosition(start), { mode: 0o600 })
  return { start, lines, firsts: lines.length > 0 ? [start] : [] }
}

function readPosition(file: string): number {
  try {
    const position = Number(readFileSync(file, 'utf8'))
    return Number.isSafeInteger(position) && position >= 0 ? position : 0
  } catch {
    return 0
  }
}
