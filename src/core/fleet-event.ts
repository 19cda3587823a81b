// What the fold needs of a stored line, read without parsing what it does not need: metadata stays text.

import type { ClaimFacts } from './bars.ts'
import { parseCallIn } from './call-in.ts'
import { type EventKind, eventKinds } from './event.ts'
import type { LineBytes } from './event-line.ts'
import { parseMetadata } from './parse-metadata.ts'
import { claimStates } from './status-claim.ts'

export type FleetEvent = {
  seq: number
  agent_id: string
  kind: EventKind
  status: string
  received_at_ms: number
  agent_seq?: number
  run?: string
  in_seq?: number
  /** `metadata.task`, of a claim its `task_id`; absent when the event does not name one. */
  task?: string
  /** Of a heartbeat that declares when the next one is due: `metadata.heartbeat_interval_s` or `metadata.interval_s`. */
  heartbeat_interval_ms?: number
  /** Of a heartbeat or a lifecycle event, as the two below (call-in.ts): how long the agent may be silent from now on. */
  lease_ms?: number
  /** Which process speaks … */
  installation_id?: string
  /** … and where it runs, as JSON text. */
  platform?: string
  /** Of a claim; absent when its line does not hold what counting needs. */
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
  if (head.kind === 'claim') return withClaim(event)
  const task = metadata.includes('"task":') ? taskOf(metadata) : undefined
  if (task !== undefined) event.task = task
  return head.kind === 'heartbeat' || head.kind === 'lifecycle' ? withCallIn(event) : event
}

function withCallIn(event: FleetEvent): FleetEvent {
  const { interval_ms, ...call } = parseCallIn(event.metadata)
  if (event.kind === 'heartbeat' && interval_ms !== undefined) event.heartbeat_interval_ms = interval_ms
  return Object.assign(event, call)
}

function withClaim(event: FleetEvent): FleetEvent {
  const claim = claimOf(event)
  if (claim === undefined) return event
  event.claim = claim
  if (claim.task !== '') event.task = claim.task
  return event
}

function claimOf({ status, metadata }: FleetEvent): ClaimFacts | undefined {
  const state = claimStates.find((each) => each === status)
  const { window_id, from_beat, to_beat, task_id, progress, on_time, late } = parseMetadata(metadata)
  if (state === undefined || typeof window_id !== 'string' || window_id.length !== 32) return undefined
  if (!isBeat(from_beat) || !isBeat(to_beat) || to_beat < from_beat) return undefined
  return {
    window_id,
    from_beat,
    to_beat,
    state,
    task: typeof task_id === 'string' ? task_id : '',
    progress: typeof progress === 'number' ? progress : 0,
    on_time: on_time === true,
    late: late === true,
  }
}

const isBeat = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

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

function taskOf(metadata: string): string | undefined {
  const { task } = parseMetadata(metadata)
  if (typeof task === 'string') return task
  return typeof task === 'number' ? String(task) : undefined
}

let memo = { second: '', ms: Number.NaN }
/** Events come in time order, so the second is mostly that of the event before. */
function parseTime(text: string): number {
  const second = text.slice(0, 20)
  if (memo.second !== second) memo = { second, ms: Date.parse(`${second}000Z`) }
  return text.length === 24 ? memo.ms + Number(text.slice(20, 23)) : Number.NaN
}
