// A log file that is renamed away when it is full: daemon.log, daemon.log.1 (newer) … daemon.log.5 (oldest).

import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

export type RotatingFile = {
  /** Appends text that ends with a newline. Never throws: a full disk must not end who logs about it. */
  write(text: string): void
  close(): void
}

export function openRotatingFile(file: string, max_bytes = 10 * 1024 * 1024, kept = 5): RotatingFile {
  let fd = openSync(file, 'a', 0o644)
  let size = fstatSync(fd).size
  const rotate = (): void => {
    closeSync(fd)
    rmSync(`${file}.${kept}`, { force: true })
    for (let i = kept - 1; i >= 1; i--) renameIfThere(`${file}.${i}`, `${file}.${i + 1}`)
    renameIfThere(file, `${file}.1`)
    fd = openSync(file, 'a', 0o644)
    size = fstatSync(fd).size
  }
  return {
    write(text) {
      try {
        if (size > 0 && size + text.length > max_bytes) rotate()
        size += writeSync(fd, text)
      } catch {
        // Lost: there is nowhere left to say so.
      }
    },
    close: () => closeSync(fd),
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
