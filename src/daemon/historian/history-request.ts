// Reads requests for the past from outside. What cannot be read is refused with 400, and the detail names the field.

import type { BarsRequest } from '../../core/bar-report.ts'
import { parseExpression } from '../../core/expression.ts'
import type { EventsRequest, FleetAtRequest, RangeRequest } from '../../core/history.ts'
import type { FleetQuery } from '../../core/view.ts'
import { parseFleetQuery } from '../../core/view-query.ts'
import { Refusal } from './refusal.ts'

type Fields = Record<string, unknown>

const limit_max = 1_000
const limit_default = 100
const barsLimit_default = 20
const buckets_max = 1_000
const buckets_default = 120
const text_max = 4_096
/** Later than any year with four digits. */
const time_max_ms = 253_402_300_800_000

export type EventsSearch = EventsRequest & { limit: number; last: boolean }

export function parseEventsRequest(input: unknown): EventsSearch {
  const fields = toFields(input)
  const search: EventsSearch = {
    limit: whole(fields, 'limit', 1, limit_max) ?? limit_default,
    last: flag(fields, 'last'),
  }
  for (const name of ['agent', 'where'] as const) {
    const value = text(fields, name)
    if (value !== undefined && value !== '') search[name] = value
  }
  if (search.where !== undefined) {
    const expression = parseExpression(search.where, { fields: 'event' })
    if (!expression.ok) throw new Refusal(400, `where: ${expression.error.message}`)
  }
  return { ...search, ...readRange(fields) }
}

export type FleetAtSearch = { moment: { at_ms: number } | { seq: number }; query: FleetQuery; agent?: string }

export function parseFleetAtRequest(input: unknown, wants: 'fleet' | 'agent'): FleetAtSearch {
  const fields = toFields(input) as Partial<FleetAtRequest> & Fields
  const at_ms = time(fields, 'at_ms')
  const seq = whole(fields, 'seq', 0, Number.MAX_SAFE_INTEGER)
  if (at_ms !== undefined && seq !== undefined) throw new Refusal(400, 'at_ms, seq: give one of the two')
  const query = parseFleetQuery(fields.query ?? {})
  if (!query.ok) throw new Refusal(400, query.error)
  const agent = text(fields, 'agent')
  if (wants === 'agent' && (agent === undefined || agent === ''))
    throw new Refusal(400, 'agent: must be the id of an agent')
  return {
    moment: toMoment(at_ms, seq),
    query: query.value,
    ...(agent === undefined ? {} : { agent }),
  }
}

function toMoment(at_ms: number | undefined, seq: number | undefined): FleetAtSearch['moment'] {
  if (at_ms !== undefined) return { at_ms }
  if (seq !== undefined) return { seq }
  throw new Refusal(400, 'at_ms, seq: give one of the two')
}

export type RangeSearch = RangeRequest & { buckets: number }

export function parseRangeRequest(input: unknown): RangeSearch {
  const fields = toFields(input)
  const search: RangeSearch = { buckets: whole(fields, 'buckets', 1, buckets_max) ?? buckets_default }
  const [since_ms, until_ms] = [time(fields, 'since_ms'), time(fields, 'until_ms')]
  if (since_ms !== undefined && until_ms !== undefined && since_ms > until_ms)
    throw new Refusal(400, 'since_ms: must not be later than until_ms')
  return {
    ...search,
    ...(since_ms === undefined ? {} : { since_ms }),
    ...(until_ms === undefined ? {} : { until_ms }),
  }
}

export type BarsSearch = BarsRequest & { limit: number; first: boolean; revisions: boolean }

export function parseBarsRequest(input: unknown): BarsSearch {
  const fields = toFields(input)
  const window = text(fields, 'window')
  if (window !== undefined && !/^[0-9a-f]{1,32}$/.test(window))
    throw new Refusal(400, 'window: must be the id of a window, 32 hexadecimal digits, or its beginning')
  return {
    ...readRange(fields),
    limit: whole(fields, 'limit', 1, limit_max) ?? barsLimit_default,
    first: flag(fields, 'first'),
    revisions: flag(fields, 'revisions'),
    ...(window === undefined ? {} : { window }),
  }
}

/** Bounds of sequence and time, as far as they are given. */
function readRange(fields: Fields): Pick<EventsRequest, 'from_seq' | 'to_seq' | 'since_ms' | 'until_ms'> {
  const range: ReturnType<typeof readRange> = {}
  for (const name of ['from_seq', 'to_seq'] as const) {
    const value = whole(fields, name, 0, Number.MAX_SAFE_INTEGER)
    if (value !== undefined) range[name] = value
  }
  for (const name of ['since_ms', 'until_ms'] as const) {
    const value = time(fields, name)
    if (value !== undefined) range[name] = value
  }
  return range
}

function toFields(input: unknown): Fields {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Fields
  throw new Refusal(400, 'the request must be a JSON object')
}

function whole(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  const above = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`
  throw new Refusal(400, `${name}: must be a whole number from ${min}${above}`)
}

function time(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= 0 && value < time_max_ms) return value
  throw new Refusal(400, `${name}: must be a time in milliseconds since 1970`)
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= text_max) return value
  throw new Refusal(400, `${name}: must be a text of at most ${text_max} characters`)
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false
  if (typeof value === 'boolean') return value
  throw new Refusal(400, `${name}: must be true or false`)
}
