// Validates what a producer sends: untrusted JSON in, an EventBody or the one field to mend out.
//
// Two rules are ours: `null` in an optional field is the same as leaving it out, since many serializers write it
// so; and a field that the contract does not know is kept under `metadata`, never dropped.

import { charsOf, isShallow, loneSurrogate, nameOf, quoteOf, utf8Length } from './body-checks.ts'
import type { EventBody, limits as eventLimits, Json, Metadata, ProducerKind } from './event.ts'
import { producerKinds } from './event.ts'
import { err, ok, type Result } from './result.ts'
import { isRfc3339 } from './rfc3339.ts'

export type EventLimits = { readonly [name in keyof typeof eventLimits]: number }

/** What is wrong with one event. `field` is empty when the event as a whole is meant; `message` says how to mend it. */
export type EventIssue = {
  field: string
  message: string
  code?: 'event_too_large'
}

export function parseEventBody(value: unknown, limits: EventLimits): Result<EventBody, EventIssue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err({ field: '', message: `an event is a JSON object, this is ${nameOf(value)}` })
  }
  const input = value as { [field: string]: Json }
  const agentId = parseAgentId(input.agent_id, limits)
  if (!agentId.ok) return agentId
  const status = parseText('status', input.status, limits.status_chars_max)
  if (!status.ok) return status
  const body: EventBody = { agent_id: agentId.value, status: status.value }
  const issue =
    readKind(body, input.kind) ??
    readTimestamp(body, input.timestamp) ??
    readText(body, 'id', input.id, limits.id_chars_max) ??
    readText(body, 'run', input.run, limits.run_chars_max) ??
    readAgentSeq(body, input.agent_seq) ??
    readMetadata(body, input, limits)
  return issue ? err(issue) : ok(body)
}

/** Also the rule for an agent id that comes in a subject. */
export function parseAgentId(value: unknown, limits: EventLimits): Result<string, EventIssue> {
  const max = limits.agent_id_bytes_max
  const issue = (rest: string) => err({ field: 'agent_id', message: `agent_id ${rest}` })
  if (value === undefined || value === null) return issue(`is missing: give 1–${max} bytes of UTF-8`)
  if (typeof value !== 'string') return issue(`must be a string, this is ${nameOf(value)}`)
  if (value === '') return issue(`must not be empty: give 1–${max} bytes of UTF-8`)
  if (value.includes('\0')) return issue('must not contain U+0000')
  if (!value.isWellFormed()) return issue(loneSurrogate)
  // No character of a JavaScript string has more than three bytes per UTF-16 unit: short ids need no counting.
  if (value.length * 3 > max) {
    const bytes = utf8Length(value)
    if (bytes > max) return issue(`has ${bytes} bytes, at most ${max} are allowed: shorten it`)
  }
  return ok(value)
}

function parseText(field: string, value: unknown, max: number): Result<string, EventIssue> {
  const issue = (rest: string) => err({ field, message: `${field} ${rest}` })
  if (value === undefined || value === null) return issue(`is missing: give 1–${max} characters`)
  if (typeof value !== 'string') return issue(`must be a string, this is ${nameOf(value)}`)
  if (value === '') return issue(`must not be empty: give 1–${max} characters`)
  if (!value.isWellFormed()) return issue(loneSurrogate)
  const chars = charsOf(value, max)
  if (chars > max) return issue(`has ${chars} characters, at most ${max} are allowed: shorten it`)
  return ok(value)
}

function readText(body: EventBody, field: 'id' | 'run', value: Json | undefined, max: number) {
  if (value === undefined || value === null) return undefined
  const text = parseText(field, value, max)
  if (!text.ok) return text.error
  body[field] = text.value
  return undefined
}

function readKind(body: EventBody, value: Json | undefined): EventIssue | undefined {
  if (value === undefined || value === null) return undefined
  if (!producerKinds.includes(value as ProducerKind)) {
    const allowed = `use one of ${producerKinds.join(', ')}`
    if (value === 'claim')
      return { field: 'kind', message: `a claim goes to POST /ingest/claim; here ${allowed}` }
    return { field: 'kind', message: `${quoteOf(value)} is no kind: ${allowed}` }
  }
  body.kind = value as ProducerKind
  return undefined
}

function readTimestamp(body: EventBody, value: Json | undefined): EventIssue | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !isRfc3339(value)) {
    return {
      field: 'timestamp',
      message:
        'timestamp must be an RFC 3339 time with an offset or Z, such as "2026-06-26T12:00:00Z"; or leave it out',
    }
  }
  body.timestamp = value
  return undefined
}

function readAgentSeq(body: EventBody, value: Json | undefined): EventIssue | undefined {
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    return {
      field: 'agent_seq',
      message: `agent_seq must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}; or leave it out`,
    }
  }
  body.agent_seq = value as number
  return undefined
}

const known = new Set(['agent_id', 'status', 'kind', 'timestamp', 'metadata', 'id', 'agent_seq', 'run'])

function readMetadata(body: EventBody, input: Metadata, limits: EventLimits): EventIssue | undefined {
  const given = input.metadata
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    return {
      field: 'metadata',
      message: `metadata must be a JSON object, this is ${nameOf(given)}; or leave it out`,
    }
  }
  const metadata = withExtras(given ?? undefined, input)
  if (metadata === undefined) return undefined
  if (!isShallow(metadata, limits.metadata_depth_max)) {
    return {
      field: 'metadata',
      message: `metadata is nested deeper than ${limits.metadata_depth_max} levels: flatten it`,
    }
  }
  body.metadata = metadata
  return undefined
}

/** The metadata with the unknown fields of the event; what the producer put under `metadata` keeps its name. */
function withExtras(given: Metadata | undefined, input: Metadata): Metadata | undefined {
  let merged: Metadata | undefined
  for (const key in input) {
    if (known.has(key)) continue
    // A spread defines properties and never runs the `__proto__` setter.
    merged ??= { ...given }
    let name = key
    while (Object.hasOwn(merged, name)) name = `extra.${name}`
    Object.defineProperty(merged, name, {
      value: input[key],
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return merged ?? given
}
