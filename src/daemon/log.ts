// The daemon's log: JSON lines of the supervisor and its services in one file, written by the supervisor alone.

import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type Logger, pino } from 'pino'
import type { Config } from '../core/config.ts'
import { openRotatingFile } from './rotating-file.ts'

export type DaemonLog = {
  logger: Logger
  /** Copies what a service writes to stdout or stderr; what is no JSON line is wrapped in one. */
  follow(stream: Readable, instance: string): void
  close(): void
}

export const daemonLogFile = (logs: string): string => join(logs, 'daemon.log')

export function openDaemonLog(
  logs: string,
  level: Config['log_level'],
  /** Sees each line too: a terminal in the foreground. */
  echo?: (line: string) => void,
): DaemonLog {
  const file = openRotatingFile(daemonLogFile(logs))
  const write = (text: string): void => {
    file.write(text)
    echo?.(text)
  }
  const logger = pino({ level, base: { instance: 'supervisor' } }, { write })
  return {
    logger,
    follow(stream, instance) {
      forEachLine(stream, (line) => {
        if (line.startsWith('{') && line.endsWith('}')) write(`${line}\n`)
        else if (line.trim()) logger.warn({ of: instance }, line)
      })
    },
    close: () => file.close(),
  }
}

function forEachLine(stream: Readable, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
  stream.on('end', () => {
    if (rest) take(rest)
  })
  stream.on('error', () => {})
}
