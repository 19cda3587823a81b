// Events that wait for Beacon, oldest first: within a bound, beyond which the oldest go, and on disk where there is a folder.

import { makeSpoolFiles, type SpoolFiles } from './agent-spool-files.ts'

/** Lines `start` to `end` (exclusive), counted over the life of the spool. */
export type SpoolBatch = { start: number; end: number; lines: string[] }

export type AgentSpool = {
  /** Drops the oldest lines where they would not all fit. */
  push(line: string): void
  /** The oldest lines, at least one unless there are none; they stay until `release`. */
  peek(limits: { lines: number; bytes: number }): SpoolBatch
  /** The first `count` lines of the batch are done with. */
  release(batch: SpoolBatch, count?: number): void
  /** Positions of the oldest line that waits, and of the next to be pushed. */
  readonly start: number
  readonly end: number
  readonly bytes: number
  readonly dropped: number
  close(): void
}

export type SpoolOptions = {
  folder: string | undefined
  bytes_max: number
  /** The disk fails: from now on lines are in memory only. */
  onDiskFailure(error: unknown): void
}

/** Throws what the file system refuses when the folder is opened. */
export function openSpool({ folder, bytes_max, onDiskFailure }: SpoolOptions): AgentSpool {
  let files: SpoolFiles | undefined
  let lines: string[] = []
  /** Position of `lines[0]`; those before `start` are done with and cut off now and then. */
  let base = 0
  let start = 0
  let bytes = 0
  let dropped = 0
  if (folder !== undefined) {
    const opened = makeSpoolFiles(folder, Math.max(4_096, Math.floor(bytes_max / 16)))
    files = opened.files
    lines = opened.lines
    base = opened.start
    start = opened.start
    bytes = lines.reduce((sum, line) => sum + sizeOf(line), 0)
    shrink()
  }

  function onDisk(write: (files: SpoolFiles) => void): void {
    if (!files) return
    try {
      write(files)
    } catch (error) {
      files = undefined
      onDiskFailure(error)
    }
  }

  function advance(to: number): void {
    for (; start < to; start++) bytes -= sizeOf(lines[start - base] ?? '')
    // Cut in long pieces: shifting an array line by line would copy it each time.
    if (start - base > 1_024 && start - base > lines.length / 2) {
      lines = lines.slice(start - base)
      base = start
    }
    onDisk((open) => open.release(start))
  }

  function shrink(): void {
    let to = start
    for (let left = bytes; left > bytes_max && to < base + lines.length; to++) {
      left -= sizeOf(lines[to - base] ?? '')
    }
    if (to === start) return
    dropped += to - start
    advance(to)
  }

  return {
    push(line) {
      lines.push(line)
      bytes += sizeOf(line)
      onDisk((open) => open.append(base + lines.length - 1, line))
      shrink()
    },
    peek(limits) {
      let end = start
      for (let left = limits.bytes; end - start < limits.lines && end < base + lines.length; end++) {
        left -= sizeOf(lines[end - base] ?? '')
        if (left < 0 && end > start) break
      }
      return { start, end, lines: lines.slice(start - base, end - base) }
    },
    release(batch, count = batch.lines.length) {
      const end = batch.start + count
      // Lines that were dropped while they were on their way, and arrived, are not lost.
      dropped -= Math.max(0, Math.min(start, end) - batch.start)
      if (end > start) advance(end)
    },
    get start() {
      return start
    },
    get end() {
      return base + lines.length
    },
    get bytes() {
      return bytes
    },
    get dropped() {
      return dropped
    },
    close() {
      onDisk((open) => open.close())
      files = undefined
    },
  }
}

/** In the file: with its line feed. */
const sizeOf = (line: string): number => Buffer.byteLength(line) + 1
