// What the fold needs of a stored line, read without parsing what it does not need: metadata stays text.

import type { ClaimFacts } from './bars.ts'
import { type EventKind, eventKinds } from './event.ts'
import type { LineBytes } from './event-line.ts'

export type FleetEvent = {
  seq: number
  agent_id: string
  kind: EventKind
  status: string
  received_at_ms: number
  agent_seq?: number
  run?: string
  in_seq?: number
  /** `metadata.task`; absent when the event does not name one. */
  task?: string
  /** Of a heartbeat that declares when the next one is due: `metadata.heartbeat_interval_s` or `metadata.interval_s`. */
  heartbeat_interval_ms?: number
  /** Of a claim. */
  claim?: ClaimFacts
  /** The metadata as JSON text, `{}` when there is none. */
  metadata: string
}

type Head = {
  kind: EventKind
  status: string
  received_at: string
  agent_seq?: number
  run?: string
  in_seq?: number
}

const metadataKey = ',"metadata":{'
const keyLength = ',"metadata":'.length

/** The event of a stored line, or undefined when the bytes are no line that Beacon wrote. */
export function parseFleetEvent(bytes: LineBytes, seq: number, agentId: string): FleetEvent | undefined {
  // The first match is the event's own key: see event-line.ts.
  const at = bytes.indexOf(metadataKey, 0, 'latin1')
  if (at < 0) return undefined
  const head = parseHead(bytes.toString('utf8', 0, at))
  if (head === undefined) return undefined
  const received_at_ms = parseTime(head.received_at)
  if (Number.isNaN(received_at_ms)) return undefined
  const metadata = bytes.toString('utf8', at + keyLength, bytes.length - 1)
  const event: FleetEvent = {
    seq,
    agent_id: agentId,
    kind: head.kind,
    status: head.status,
    received_at_ms,
    metadata,
  }
  if (head.agent_seq !== undefined) event.agent_seq = head.agent_seq
  if (head.run !== undefined) event.run = head.run
  if (head.in_seq !== undefined) event.in_seq = head.in_seq
  const task = metadata.includes('"task":') ? taskOf(metadata) : undefined
  if (task !== undefined) event.task = task
  const interval_ms = head.kind === 'heartbeat' ? intervalOf(metadata) : undefined
  if (interval_ms !== undefined) event.heartbeat_interval_ms = interval_ms
  return event
}

function parseHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(`${text}}`) as Partial<Head>
    if (typeof head.status !== 'string' || !eventKinds.includes(head.kind as EventKind)) return undefined
    if (!isNumberOrAbsent(head.agent_seq) || !isNumberOrAbsent(head.in_seq)) return undefined
    if (head.run !== undefined && typeof head.run !== 'string') return undefined
    return typeof head.received_at === 'string' ? (head as Head) : undefined
  } catch {
    return undefined
  }
}

const isNumberOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'number'

const interval_s_max = 86_400

function intervalOf(metadata: string): number | undefined {
  if (!metadata.includes('interval_s":')) return undefined
  try {
    const { heartbeat_interval_s, interval_s } = JSON.parse(metadata) as Record<string, unknown>
    const seconds = heartbeat_interval_s ?? interval_s
    if (typeof seconds !== 'number' || !(seconds > 0)) return undefined
    return Math.min(seconds, interval_s_max) * 1_000
  } catch {
    return undefined
  }
}

function taskOf(metadata: string): string | undefined {
  try {
    const { task } = JSON.parse(metadata) as { task?: unknown }
    if (typeof task === 'string') return task
    return typeof task === 'number' ? String(task) : undefined
  } catch {
    return undefined
  }
}

let memo = { second: '', ms: Number.NaN }
/** Events come in time order, so the second is mostly that of the event before. */
function parseTime(text: string): number {
  const second = text.slice(0, 20)
  if (memo.second !== second) memo = { second, ms: Date.parse(`${second}000Z`) }
  return text.length === 24 ? memo.ms + Number(text.slice(20, 23)) : Number.NaN
}
