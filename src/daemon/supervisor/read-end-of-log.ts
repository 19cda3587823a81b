// The last lines of a log, for an error that must say what happened.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const most_bytes = 16 * 1024

export function readEndOfLog(file: string, lines = 10): string {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, most_bytes))
    readSync(fd, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    closeSync(fd)
  }
}
