// The fleet: every agent's present state, folded from the stream's events in their order.
//
// One number per agent and one array per field, so that a million agents are a few dozen flat arrays and not a
// million objects. Agents never change their number; readers keep numbers, not ids.

import { type Arrivals, countArrival, makeArrivals } from './arrivals.ts'
import { eventKinds } from './event.ts'
import type { FleetEvent } from './fleet-event.ts'
import { addHolder, type Interned, makeInterned, moveHolder } from './interned.ts'
import { makeNewest, type Newest, pushNewest } from './newest.ts'
import { makeSeen, observe, type Seen } from './seen.ts'

export type Fleet = {
  /** Number of each agent id, in the order in which they were first heard of. */
  numbers: Map<string, number>
  ids: string[]
  columns: FleetArrays
  statuses: Interned
  tasks: Interned
  /** Metadata of each agent's last event, as JSON text. */
  metadata: string[]
  newest: Newest
  arrivals: Arrivals
  seen: Seen
  /** Sequence of the last event folded, and of the first; 0 before any. */
  seq: number
  first_seq: number
  /** Receive time of the last event folded. */
  received_at_ms: number
  events: number
  errors: number
  duplicates: number
}

export type FleetArrays = {
  status: Uint32Array
  task: Uint32Array
  /** Index in `eventKinds` of the last event's kind. */
  kind: Uint8Array
  last_seq: Float64Array
  last_seen_ms: Float64Array
  events: Uint32Array
  errors: Uint32Array
  /** Events per second at `last_seen_ms`; from then on it decays (see `rateAt`). */
  rate: Float32Array
}

export function makeFleet(capacity = 1024): Fleet {
  return {
    numbers: new Map(),
    ids: [],
    columns: makeArrays(capacity),
    statuses: makeInterned(),
    tasks: makeInterned(),
    metadata: [],
    newest: makeNewest(),
    arrivals: makeArrivals(),
    seen: makeSeen(),
    seq: 0,
    first_seq: 0,
    received_at_ms: 0,
    events: 0,
    errors: 0,
    duplicates: 0,
  }
}

/** Takes one event in, or drops it as a duplicate: then only the position moves. */
export function fold(fleet: Fleet, event: FleetEvent): void {
  fleet.seq = event.seq
  if (fleet.first_seq === 0) fleet.first_seq = event.seq
  if (observe(fleet.seen, event) === 'duplicate') {
    fleet.duplicates++
    return
  }
  const agent = fleet.numbers.get(event.agent_id) ?? addAgent(fleet, event)
  // After addAgent, which may have replaced the arrays by longer ones.
  const { columns } = fleet
  const at_ms = event.received_at_ms
  fleet.events++
  fleet.received_at_ms = at_ms
  countArrival(fleet.arrivals, at_ms)
  if (isErrorStatus(event.status)) {
    fleet.errors++
    columns.errors[agent] = (columns.errors[agent] as number) + 1
  }
  columns.status[agent] = moveHolder(fleet.statuses, columns.status[agent] as number, event.status)
  if (event.task !== undefined)
    columns.task[agent] = moveHolder(fleet.tasks, columns.task[agent] as number, event.task)
  columns.kind[agent] = eventKinds.indexOf(event.kind)
  columns.rate[agent] = rateAt(fleet, agent, at_ms) + 1_000 / rateDecay_ms
  columns.last_seen_ms[agent] = Math.max(columns.last_seen_ms[agent] as number, at_ms)
  columns.last_seq[agent] = event.seq
  columns.events[agent] = (columns.events[agent] as number) + 1
  fleet.metadata[agent] = event.metadata
  pushNewest(fleet.newest, event)
}

/** Takes note of a message that is no event: quarantined input, or bytes that Beacon did not write. */
export function pass(fleet: Fleet, seq: number): void {
  fleet.seq = seq
  if (fleet.first_seq === 0) fleet.first_seq = seq
}

/** The time constant of an agent's rate: what happened so long ago weighs 1/e. */
const rateDecay_ms = 10_000

/** An agent's events per second at `now_ms`. */
export function rateAt({ columns }: Fleet, agent: number, now_ms: number): number {
  const rate = columns.rate[agent] as number
  if (rate === 0) return 0
  const elapsed_ms = Math.max(0, now_ms - (columns.last_seen_ms[agent] as number))
  return rate * Math.exp(-elapsed_ms / rateDecay_ms)
}

/** Statuses that count as errors, in any letter case. */
export function isErrorStatus(status: string): boolean {
  switch (status.length) {
    case 5:
      return status === 'error' || status.toLowerCase() === 'error'
    case 6:
      return status === 'failed' || status.toLowerCase() === 'failed'
    default:
      return false
  }
}

function addAgent(fleet: Fleet, event: FleetEvent): number {
  const agent = fleet.ids.length
  if (agent === fleet.columns.status.length) fleet.columns = grow(fleet.columns)
  fleet.numbers.set(event.agent_id, agent)
  fleet.ids.push(event.agent_id)
  fleet.metadata.push('{}')
  fleet.columns.status[agent] = addHolder(fleet.statuses, event.status)
  fleet.columns.task[agent] = addHolder(fleet.tasks, '')
  return agent
}

const makeArrays = (capacity: number): FleetArrays => ({
  status: new Uint32Array(capacity),
  task: new Uint32Array(capacity),
  kind: new Uint8Array(capacity),
  last_seq: new Float64Array(capacity),
  last_seen_ms: new Float64Array(capacity),
  events: new Uint32Array(capacity),
  errors: new Uint32Array(capacity),
  rate: new Float32Array(capacity),
})

function grow(old: FleetArrays): FleetArrays {
  const arrays = makeArrays(old.status.length * 2)
  arrays.status.set(old.status)
  arrays.task.set(old.task)
  arrays.kind.set(old.kind)
  arrays.last_seq.set(old.last_seq)
  arrays.last_seen_ms.set(old.last_seen_ms)
  arrays.events.set(old.events)
  arrays.errors.set(old.errors)
  arrays.rate.set(old.rate)
  return arrays
}
