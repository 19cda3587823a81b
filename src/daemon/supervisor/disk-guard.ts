// What a full disk does to a daemon, and how it comes back by itself.
//
// While the disk is low the gateways are told to refuse, so that the broker should never meet the end of it. If it does,
// nats-server keeps a stream in error until it is started again, which nobody but us would do.

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Disk } from './disk.ts'

export type DiskGuard = {
  /** Called about each second. */
  look(disk: Disk): void
}

export type DiskGuardOptions = {
  /** Tells the gateways why to refuse, or null when they may accept. */
  tell(reason: string | null): void
  /** Null without a broker of ours. */
  restartBroker: (() => void) | null
  brokerLog: string
  log: Logger
}

const writeError =
  /no space left on device|critical write error|insufficient storage resources|JetStream out of .*resources/i

export function makeDiskGuard({ tell, restartBroker, brokerLog, log }: DiskGuardOptions): DiskGuard {
  let wasLow = false
  let brokerFailed = false
  let read = sizeOf(brokerLog)
  return {
    look({ disk_low, free_bytes }) {
      const news = readFrom(brokerLog, read)
      read = sizeOf(brokerLog)
      if (writeError.test(news)) brokerFailed = true
      if (disk_low) tell(`the disk is full: ${Math.floor(free_bytes / 2 ** 20)} MiB are free`)
      else if (wasLow) tell(null)
      if (disk_low !== wasLow)
        log.warn({ free_bytes }, disk_low ? 'the disk is full: ingest is refused' : 'the disk has room again')
      wasLow = disk_low
      if (disk_low || !brokerFailed || !restartBroker) return
      brokerFailed = false
      log.warn('nats-server met the end of the disk and is started again')
      restartBroker()
    },
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** What was appended since; all of it when the file was begun anew, at most its last 64 KiB. */
function readFrom(file: string, offset: number): string {
  const size = sizeOf(file)
  const from = Math.max(size < offset ? 0 : offset, size - 65_536)
  if (size <= from) return ''
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(size - from)
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, from))
  } finally {
    closeSync(fd)
  }
}
