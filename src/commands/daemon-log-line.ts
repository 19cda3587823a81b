// One line of the daemon's log, for people: time, level, who, what.

import { escapeControl } from '../core/escape.ts'

const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** Lines that are no JSON objects stay as they are, but escaped. */
export function formatLogLine(line: string, withStacks: boolean): string {
  const record = parse(line)
  if (!record) return escapeControl(line)
  const { time, level, instance, msg, err, pid: _pid, hostname: _hostname, ...rest } = record
  const when = typeof time === 'number' ? new Date(time).toISOString() : String(time ?? '')
  const failure =
    typeof err === 'object' && err !== null ? (err as { message?: string; stack?: string }) : undefined
  const details = Object.entries(rest).map(([key, value]) => `${key}=${toText(value)}`)
  const words = [
    when,
    (levels[level as number] ?? String(level ?? '')).padEnd(5),
    String(instance ?? '').padEnd(10),
    toText(msg ?? ''),
    ...details,
    failure ? `error=${toText(failure.message ?? err)}` : '',
  ]
  const head = escapeControl(words.filter((word) => word !== '').join(' ')).trimEnd()
  const stack = withStacks ? (failure?.stack ?? '').split('\n').slice(1) : []
  return [head, ...stack.map((each) => escapeControl(each))].join('\n')
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
