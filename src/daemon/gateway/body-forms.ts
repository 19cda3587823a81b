// The three forms of a body (one object, an array, NDJSON) as one: entries in order, each an event or what is wrong with it.

import { BeaconError } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'
import { err, type Result } from '../../core/result.ts'
import type { Door, EntryEvent, EntryIssue, ParseEntry } from './door.ts'
import { toJsonMistake } from './json-mistake.ts'
import { parseJsonText } from './json-text.ts'

export type Entry = {
  /** From 0: the place in the array, or the line. */
  index: number
  /** From 1, only in NDJSON. */
  line?: number
  event: Result<EntryEvent, EntryIssue>
}

export type Body = { form: 'one'; entries: [Entry] } | { form: 'many'; entries: Iterable<Entry> }

export type MediaType = 'json' | 'ndjson' | 'unknown'

/** Throws body_media_type for what is neither JSON nor NDJSON. A body without Content-Type is judged by its text. */
export function toMediaType(contentType: string | undefined): MediaType {
  if (contentType === undefined || contentType === '') return 'unknown'
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  const charset = parameters.map((p) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(p)?.[1]).find(Boolean)
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new BeaconError('body_media_type', `the charset ${charset} is not supported: send UTF-8`)
  }
  switch (type.trim()) {
    case 'application/json':
      return 'json'
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
    case 'application/x-jsonlines':
      return 'ndjson'
    default:
      throw new BeaconError('body_media_type', `Content-Type is ${type.trim()}`)
  }
}

/** `parse` is the door's, for this body. Throws body_not_json, or the door's own code for a body of nothing. */
export function toBody(text: string, type: MediaType, door: Door, parse: ParseEntry): Body {
  if (text.trimStart() === '')
    throw new BeaconError(door.none, `the body is empty: send at least one ${door.noun}`)
  if (type === 'ndjson') return { form: 'many', entries: toLines(text, parse) }
  if (type === 'unknown' && isManyLines(text)) return { form: 'many', entries: toLines(text, parse) }
  const value = parseJsonText(text)
  if (!Array.isArray(value)) return { form: 'one', entries: [toOne(value, text, parse)] }
  if (value.length === 0)
    throw new BeaconError(door.none, `the array is empty: send at least one ${door.noun}`)
  return { form: 'many', entries: toItems(value, parse) }
}

function toOne(value: unknown, text: string, parse: ParseEntry): Entry {
  return { index: 0, event: isTooLong(text) ? tooLarge : parse(value) }
}

function* toItems(values: unknown[], parse: ParseEntry): Generator<Entry> {
  for (let index = 0; index < values.length; index++) {
    yield { index, event: parse(values[index]) }
  }
}

function* toLines(text: string, parse: ParseEntry): Generator<Entry> {
  let index = 0
  for (let start = 0; start < text.length; index++) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    if (line.trim() !== '') yield { index, line: index + 1, event: parseLine(line, parse) }
  }
}

function parseLine(line: string, parse: ParseEntry): Result<EntryEvent, EntryIssue> {
  if (isTooLong(line)) return tooLarge
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    const message = `not JSON: ${toJsonMistake(line, error as Error)}`
    return err({ field: '', message, code: 'body_not_json' })
  }
  return parse(value)
}

/** Several lines of which the first is a whole document; one object over several lines is not. */
function isManyLines(text: string): boolean {
  const first = text.trimStart()
  const newline = first.indexOf('\n')
  if (!first.startsWith('{') || newline < 0 || first.slice(newline).trim() === '') return false
  try {
    JSON.parse(first.slice(0, newline))
    return true
  } catch {
    return false
  }
}

function isTooLong(text: string): boolean {
  const max = limits.event_bytes_max
  return text.length > max || (text.length * 3 > max && Buffer.byteLength(text) > max)
}

export const tooLarge = err<EntryIssue>({
  field: '',
  message: `the event has more than ${limits.event_bytes_max} bytes: keep large payloads elsewhere and send a reference`,
  code: 'event_too_large',
})
