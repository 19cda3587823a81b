// The stored form of an event: one line of JSON in CONTRACT.md's field order, without `seq`, which only the
// stream can give. Readers that need few fields peek at the bytes instead of parsing the line.
//
// Peeking is exact because a line is always written by `toEventLine`: the searched key starts with `,"`, and
// inside a JSON string no unescaped `"` can follow a comma, so the first match is a key of the event itself
// (metadata, the only nested value, comes last).

import { type BeaconEvent, type EventBody, type EventKind, eventSchema, type Stamp } from './event.ts'

const prefix = `{"schema":"${eventSchema}",`

/** One stored line. `received_at` is written from `stamp.received_at_ms`; `timestamp` defaults to it. */
export function toEventLine(
  body: Omit<EventBody, 'kind'> & { kind?: EventKind },
  stamp: Stamp,
  kind: EventKind = body.kind ?? 'state',
): string {
  const receivedAt = toTime(stamp.received_at_ms)
  let line = `${prefix}"id":${JSON.stringify(body.id ?? stamp.id)},"kind":"${kind}","agent_id":${JSON.stringify(body.agent_id)},"status":${JSON.stringify(body.status)},"timestamp":"${body.timestamp ?? receivedAt}","received_at":"${receivedAt}","hlc":"${stamp.hlc}"`
  if (body.agent_seq !== undefined) line += `,"agent_seq":${body.agent_seq}`
  if (body.run !== undefined) line += `,"run":${JSON.stringify(body.run)}`
  if (stamp.in_seq !== undefined) line += `,"in_seq":${stamp.in_seq}`
  return `${line},"metadata":${body.metadata === undefined ? '{}' : JSON.stringify(body.metadata)}}`
}

/** The line as `-o jsonl` prints it: `seq` put after `schema`, the rest untouched. */
export function toPrintedLine(line: string, seq: number): string {
  return `${prefix}"seq":${seq},${line.slice(prefix.length)}`
}

/** The event of a stored line. Throws SyntaxError on a line that Beacon did not write. */
export function parseEventLine(line: string, seq: number): BeaconEvent {
  return JSON.parse(toPrintedLine(line, seq)) as BeaconEvent
}

/** What order, time and duplicates need of an event, without parsing it. */
export type EventPeek = {
  received_at_ms: number
  agent_seq?: number
  run?: string
  in_seq?: number
}

/** The bytes as this module sees them: a Node Buffer has this shape, and core stays free of Node. */
export type LineBytes = Uint8Array & {
  indexOf(value: string | number, byteOffset?: number, encoding?: 'latin1'): number
  toString(encoding: 'latin1' | 'utf8', start?: number, end?: number): string
}

const receivedKey = ',"received_at":"'
const timeLength = 24
const metadataKey = ',"metadata":{'
const hlcLength = 25
const lineFeed = 0x0a

/** Peeks at a stored line; undefined when the bytes are not a line of `toEventLine`. */
export function peekEventLine(bytes: LineBytes): EventPeek | undefined {
  const at = bytes.indexOf(receivedKey, prefix.length, 'latin1')
  if (at < 0 || bytes[0] !== 0x7b || bytes[bytes.length - 1] !== 0x7d) return undefined
  if (bytes.indexOf(lineFeed) >= 0) return undefined
  const timeAt = at + receivedKey.length
  const receivedAtMs = readTime(bytes, timeAt)
  if (Number.isNaN(receivedAtMs)) return undefined
  const hlcEnd = timeAt + timeLength + '","hlc":"'.length + hlcLength + 1
  return readFields(bytes, hlcEnd, receivedAtMs) ?? parseFields(bytes, at, hlcEnd, receivedAtMs)
}

const agentSeqField = toBytes(',"agent_seq":')
const runField = toBytes(',"run":"')
const inSeqField = toBytes(',"in_seq":')
const metadataField = toBytes(metadataKey)

/**
 * The fields between the HLC and the metadata, byte by byte: three times as fast as JSON.parse, and on the way of every
 * event. Undefined for anything but the plain form, which `parseFields` then judges.
 */
function readFields(bytes: LineBytes, from: number, received_at_ms: number): EventPeek | undefined {
  const peek: EventPeek = { received_at_ms }
  let at = from
  if (startsWith(bytes, at, agentSeqField)) {
    at = digitsEnd(bytes, at + agentSeqField.length)
    const value = readNumber(bytes, from + agentSeqField.length, at)
    if (value === undefined) return undefined
    peek.agent_seq = value
  }
  if (startsWith(bytes, at, runField)) {
    const start = at + runField.length
    at = plainEnd(bytes, start)
    if (bytes[at] !== 0x22) return undefined
    peek.run = bytes.toString('latin1', start, at)
    at++
  }
  if (startsWith(bytes, at, inSeqField)) {
    const start = at + inSeqField.length
    at = digitsEnd(bytes, start)
    const value = readNumber(bytes, start, at)
    if (value === undefined) return undefined
    peek.in_seq = value
  }
  return startsWith(bytes, at, metadataField) ? peek : undefined
}

function startsWith(bytes: LineBytes, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false
  return true
}

function digitsEnd(bytes: LineBytes, from: number): number {
  let at = from
  while (isDigit(bytes[at])) at++
  return at
}

/** The end of a string's characters that are ASCII and not escaped. */
function plainEnd(bytes: LineBytes, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at] as number
    if (!(byte >= 0x20 && byte < 0x7f) || byte === 0x22 || byte === 0x5c) return at
    at++
  }
}

/** A whole number as JSON writes it; undefined when there is none or it may not be exact. */
function readNumber(bytes: LineBytes, from: number, to: number): number | undefined {
  const digits = to - from
  if (digits < 1 || digits > 15 || (digits > 1 && bytes[from] === 0x30)) return undefined
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - 0x30
  return value
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

function parseFields(
  bytes: LineBytes,
  at: number,
  hlcEnd: number,
  received_at_ms: number,
): EventPeek | undefined {
  const end = bytes.indexOf(metadataKey, at, 'latin1')
  if (end < 0) return undefined
  const peek: EventPeek = { received_at_ms }
  if (end <= hlcEnd) return peek
  try {
    const fields = JSON.parse(`{${bytes.toString('utf8', hlcEnd + 1, end)}}`) as Partial<EventPeek>
    if (fields.agent_seq !== undefined) peek.agent_seq = fields.agent_seq
    if (fields.run !== undefined) peek.run = fields.run
    if (fields.in_seq !== undefined) peek.in_seq = fields.in_seq
    return peek
  } catch {
    return undefined
  }
}

const agentKey = ',"agent_id":'
const statusKey = ',"status":'

/** The agent id of a stored line; undefined when the bytes are not a line of `toEventLine`. */
export function peekAgentId(bytes: LineBytes): string | undefined {
  const at = bytes.indexOf(agentKey, prefix.length, 'latin1')
  const end = at < 0 ? -1 : bytes.indexOf(statusKey, at, 'latin1')
  if (end < 0) return undefined
  const text = bytes.toString('utf8', at + agentKey.length, end)
  if (!text.includes('\\')) return text.slice(1, -1)
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

let timeMemo = { second: -1, text: '' }
/** RFC 3339 in UTC with milliseconds. Memoizes the second, since events come in time order. */
export function toTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (timeMemo.second !== second) {
    timeMemo = { second, text: new Date(second * 1000).toISOString().slice(0, 20) }
  }
  return `${timeMemo.text}${String(ms - second * 1000).padStart(3, '0')}Z`
}

/** The minute's digits `yyyymmddhhmm` as one number, and when it began: events come in time order. */
let minuteMemo = { digits: -1, ms: Number.NaN }

/** Milliseconds of `yyyy-mm-ddThh:mm:ss.mmmZ` at `at`; NaN for anything else. */
function readTime(bytes: LineBytes, at: number): number {
  const date =
    readDigits(bytes, at, 4) * 10_000 + readDigits(bytes, at + 5, 2) * 100 + readDigits(bytes, at + 8, 2)
  const digits = date * 10_000 + readDigits(bytes, at + 11, 2) * 100 + readDigits(bytes, at + 14, 2)
  const ms = readDigits(bytes, at + 17, 2) * 1000 + readDigits(bytes, at + 20, 3)
  const separated =
    bytes[at + 4] === 0x2d &&
    bytes[at + 7] === 0x2d &&
    bytes[at + 10] === 0x54 &&
    bytes[at + 13] === 0x3a &&
    bytes[at + 16] === 0x3a &&
    bytes[at + 19] === 0x2e &&
    bytes[at + 23] === 0x5a
  if (!separated || !(ms < 60_000)) return Number.NaN
  if (minuteMemo.digits !== digits) {
    minuteMemo = { digits, ms: Date.parse(`${bytes.toString('latin1', at, at + 16)}:00.000Z`) }
  }
  return minuteMemo.ms + ms
}

/** NaN when one of them is no digit. */
function readDigits(bytes: LineBytes, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    if (!isDigit(bytes[i])) return Number.NaN
    value = value * 10 + (bytes[i] as number) - 0x30
  }
  return value
}

/** ASCII only: the keys of this module. */
function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}
