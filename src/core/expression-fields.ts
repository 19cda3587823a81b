// The fields of expressions: one table for the parser, its errors and the help.

import { eventKinds } from './event.ts'
import { activities, healths, needs } from './health.ts'

export type ExpressionField = {
  name: string
  /** `any` is compared as it comes: text with `:`, numbers with `<` and `>`. Durations are in seconds. */
  type: 'text' | 'number' | 'duration' | 'any'
  of: 'both' | 'agent' | 'event'
  help: string
  /** All that a text may be. */
  values?: readonly string[]
}

const fields: readonly ExpressionField[] = [
  { name: 'agent', type: 'text', of: 'both', help: 'the agent id' },
  { name: 'status', type: 'text', of: 'both', help: 'what the agent says it does' },
  {
    name: 'kind',
    type: 'text',
    of: 'both',
    help: 'the kind of the event; of an agent, that of its last one',
    values: eventKinds,
  },
  { name: 'role', type: 'text', of: 'both', help: 'metadata.role' },
  { name: 'task', type: 'text', of: 'both', help: 'metadata.task' },
  {
    name: 'health',
    type: 'text',
    of: 'agent',
    help: 'healthy, late, suspect, unhealthy or stopped',
    values: healths,
  },
  {
    name: 'needs',
    type: 'text',
    of: 'agent',
    help: 'what it needs a person for: none, unhealthy, stuck, waiting, erroring, finished or gaps',
    values: needs,
  },
  {
    name: 'activity',
    type: 'text',
    of: 'agent',
    help: 'idle, busy, waiting, paused or done, by its status',
    values: activities,
  },
  { name: 'rate', type: 'number', of: 'agent', help: 'events per second' },
  { name: 'events', type: 'number', of: 'agent', help: 'events heard from it' },
  { name: 'errors', type: 'number', of: 'agent', help: 'events with an error status' },
  { name: 'gaps', type: 'number', of: 'agent', help: 'times that it passed numbers over' },
  { name: 'missing', type: 'number', of: 'agent', help: 'numbers that are missing now' },
  { name: 'idle', type: 'duration', of: 'agent', help: 'time since the last sign of life: 90, 90s, 5m' },
  { name: 'since', type: 'duration', of: 'agent', help: 'time in its present status' },
  { name: 'lease', type: 'duration', of: 'agent', help: 'time until its lease runs out, 0 when it did' },
  {
    name: 'platform',
    type: 'text',
    of: 'agent',
    help: 'where it runs: bare_metal, docker, kubernetes or lambda',
  },
]

const meta: ExpressionField = { name: 'meta.<key>', type: 'any', of: 'both', help: 'a field of the metadata' }

export function findField(name: string): ExpressionField | undefined {
  if (name.startsWith('meta.') && name.length > 'meta.'.length) return meta
  return fields.find((field) => field.name === name)
}

export const fieldsFor = (subject: 'agent' | 'event'): ExpressionField[] =>
  [...fields, meta].filter((field) => field.of === 'both' || field.of === subject)

/** One line per field, for help pages. */
export function describeFields(subject: 'agent' | 'event'): { name: string; help: string }[] {
  return fieldsFor(subject).map(({ name, help }) => ({ name, help }))
}
