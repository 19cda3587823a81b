// The filters that tail, history and query share: time bounds, agent, status, kind and the expression language.

import { parseTime } from '../core/duration.ts'
import { type BeaconEvent, eventKinds } from '../core/event.ts'
import { parseEventLine } from '../core/event-line.ts'
import { eventFields, matches } from '../core/expression.ts'
import { option } from './command-spec.ts'
import type { StoredEvent } from './print-events.ts'
import { readExpression } from './read-expression.ts'

export const timeOptions = {
  since: option({
    flags: '--since',
    metavar: 'TIME',
    help: 'Received at or after: RFC 3339, or 10m for ten minutes ago.',
    parse: parseTime,
  }),
  until: option({ flags: '--until', metavar: 'TIME', help: 'Received at or before.', parse: parseTime }),
}

export const agentOption = option({ flags: '--agent', metavar: 'ID', help: 'Only this agent.' })
export const statusOption = option({ flags: '--status', metavar: 'S', help: 'Only this status.' })
export const kindOption = option({
  flags: '--kind',
  metavar: 'K',
  help: 'Only this kind.',
  choices: eventKinds,
})
export const whereOption = option({
  flags: '--where',
  metavar: 'EXPR',
  help: 'Only what matches: status:error meta.task:~^llm',
})

export type EventFilter = {
  status?: string | undefined
  kind?: string | undefined
  where?: string | undefined
}

/** A test of stored events. A line is parsed only if the filter needs it. Throws expression_invalid. */
export function makeEventFilter({ status, kind, where }: EventFilter): (event: StoredEvent) => boolean {
  const expression = where === undefined || where.trim() === '' ? undefined : readExpression(where, 'event')
  if (status === undefined && kind === undefined && !expression) return () => true
  return ({ seq, line }) => {
    const event: BeaconEvent = parseEventLine(line.toString('utf8'), seq)
    if (status !== undefined && event.status !== status) return false
    if (kind !== undefined && event.kind !== kind) return false
    return expression === undefined || matches(expression, eventFields(event))
  }
}
