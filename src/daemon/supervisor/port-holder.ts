// Who listens on a TCP port of this machine, as far as /proc lets us see.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { commandLine } from './process-table.ts'

const listen_state = '0A'

/** `node (pid 4711)`, or undefined when it cannot be read: another user's process, or no /proc. */
export function describePortHolder(port: number): string | undefined {
  const inodes = listeningInodes(port)
  if (inodes.size === 0) return undefined
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1]
      if (inode && inodes.has(inode)) return `${commandLine(Number(pid))[0] ?? 'a process'} (pid ${pid})`
    }
  }
  return undefined
}

function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = new Set<string>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(file).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === listen_state && inode && local?.endsWith(suffix)) inodes.add(inode)
    }
  }
  return inodes
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
