// Replaces a small file so that readers, and a restart after power loss, see the old content or the new, never a part.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

export function writeFileAtomic(file: string, content: string, mode = 0o644): void {
  const draft = `${file}.${process.pid}.tmp`
  const fd = openSync(draft, 'w', mode)
  try {
    writeSync(fd, content)
    fsyncSync(fd)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  renameSync(draft, file)
}
