// The stored form of an event: one line of JSON in CONTRACT.md's field order, without `seq`, which only the
// stream can give. Readers that need few fields peek at the bytes instead of parsing the line.
//
// Peeking is exact because a line is always written by `toEventLine`: the searched key starts with `,"`, and
// inside a JSON string no unescaped `"` can follow a comma, so the first match is a key of the event itself
// (metadata, the only nested value, comes last).

import { type BeaconEvent, type EventBody, type EventKind, eventSchema, type Stamp } from './event.ts'

const prefix = `{"schema":"${eventSchema}",`

/** One stored line. `received_at` is written from `stamp.received_at_ms`; `timestamp` defaults to it. */
export function toEventLine(body: EventBody, stamp: Stamp, kind: EventKind = body.kind ?? 'state'): string {
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
  indexOf(value: string, byteOffset?: number, encoding?: 'latin1'): number
  toString(encoding: 'latin1' | 'utf8', start?: number, end?: number): string
}

const receivedKey = ',"received_at":"'
const timeLength = 24
const metadataKey = ',"metadata":{'

/** Peeks at a stored line; undefined when the bytes are not a line of `toEventLine`. */
export function peekEventLine(bytes: LineBytes): EventPeek | undefined {
  const at = bytes.indexOf(receivedKey, prefix.length, 'latin1')
  if (at < 0 || bytes[0] !== 0x7b || bytes[bytes.length - 1] !== 0x7d) return undefined
  const receivedAtMs = parseTime(
    bytes.toString('latin1', at + receivedKey.length, at + receivedKey.length + timeLength),
  )
  const end = bytes.indexOf(metadataKey, at, 'latin1')
  if (end < 0 || Number.isNaN(receivedAtMs)) return undefined
  const hlcEnd = at + receivedKey.length + timeLength + '","hlc":"'.length + hlcLength + 1
  const peek: EventPeek = { received_at_ms: receivedAtMs }
  if (end <= hlcEnd) return peek
  const tail = bytes.toString('utf8', hlcEnd + 1, end)
  return peekTail(tail, peek)
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

const hlcLength = 25

function peekTail(tail: string, peek: EventPeek): EventPeek | undefined {
  // `"agent_seq":7,"run":"a"` is the common form and a plain JSON object body.
  try {
    const fields = JSON.parse(`{${tail}}`) as { agent_seq?: number; run?: string; in_seq?: number }
    if (fields.agent_seq !== undefined) peek.agent_seq = fields.agent_seq
    if (fields.run !== undefined) peek.run = fields.run
    if (fields.in_seq !== undefined) peek.in_seq = fields.in_seq
    return peek
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

let parseMemo = { text: '', ms: Number.NaN }
function parseTime(text: string): number {
  const second = text.slice(0, 20)
  if (parseMemo.text !== second) parseMemo = { text: second, ms: Date.parse(`${second}000Z`) }
  return parseMemo.ms + Number(text.slice(20, 23))
}
