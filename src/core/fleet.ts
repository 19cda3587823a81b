// The fleet: every agent's present state, folded from the stream's events in their order.
//
// One number per agent and one array per field (fleet-columns.ts). Agents never change their number; readers keep
// numbers, not ids. Any event is a sign of life, counts, and may be an error. What the agent does (status, activity,
// task) is said only by its own word: `state`, `lifecycle`, `heartbeat` and `claim`; logs, tasks and commands are about
// something else. A `lifecycle` event with a last word (`stopped`, `exited`, …) ends it, until it is heard from again.
// A `command` is Beacon's word about an agent: it counts and is news, but it is no sign of life and changes no agent.
// Claims also fill the bars that are open (bars.ts).

import { activityOfStatus, isFinalStatus } from './activity.ts'
import { type Arrivals, countArrival, makeArrivals } from './arrivals.ts'
import { type Bars, foldClaim, makeBars } from './bars.ts'
import { type EventKind, eventKinds } from './event.ts'
import { type FleetColumns, growColumns, makeColumns, missingMax } from './fleet-columns.ts'
import type { FleetEvent } from './fleet-event.ts'
import { activities } from './health.ts'
import { addHolder, type Interned, makeInterned, moveHolder } from './interned.ts'
import { keepMetadata } from './kept-metadata.ts'
import { makeNewest, type Newest, pushNewest } from './newest.ts'
import { countPace } from './rhythm.ts'
import { makeSeen, missingOf, numberOf, observeAt, type Seen } from './seen.ts'

export type Fleet = {
  /** Number of each agent id, in the order in which they were first heard of: both are those of `seen`. */
  numbers: Map<string, number>
  ids: string[]
  columns: FleetColumns
  statuses: Interned
  tasks: Interned
  /** Metadata of each agent's last event, as JSON text; shortened when it is large (kept-metadata.ts). */
  metadata: string[]
  metadata_chars: number
  /** The installation of each agent that called in last, and its platform as JSON text (call-in.ts); empty when it has none. */
  installations: string[]
  platforms: string[]
  newest: Newest
  arrivals: Arrivals
  bars: Bars
  seen: Seen
  /** Sequence of the last event folded, and of the first; 0 before any. */
  seq: number
  first_seq: number
  /** Receive time of the last event folded. */
  received_at_ms: number
  events: number
  errors: number
  duplicates: number
  /** Times a number was passed over or came late, and numbers missing now, over all agents. */
  gaps: number
  reorders: number
  missing: number
}

export function makeFleet(capacity = 1024): Fleet {
  const seen = makeSeen(capacity)
  return {
    numbers: seen.numbers,
    ids: seen.ids,
    columns: makeColumns(capacity),
    statuses: makeInterned(markOf),
    tasks: makeInterned(),
    metadata: [],
    metadata_chars: 0,
    installations: [],
    platforms: [],
    newest: makeNewest(),
    arrivals: makeArrivals(),
    bars: makeBars(),
    seen,
    seq: 0,
    first_seq: 0,
    received_at_ms: 0,
    events: 0,
    errors: 0,
    duplicates: 0,
    gaps: 0,
    reorders: 0,
    missing: 0,
  }
}

/**
 * Takes one event in, or drops it as a duplicate: then only the position moves. Gives the number of the agent that was
 * heard, undefined if nobody was.
 */
export function fold(fleet: Fleet, event: FleetEvent): number | undefined {
  const { seen } = fleet
  pass(fleet, event.seq)
  if (event.kind === 'command') {
    countEvent(fleet, event)
    pushNewest(fleet.newest, { ...event, metadata: keepMetadata(event.metadata, fleet.metadata_chars) })
    return undefined
  }
  const agent = numberOf(seen, event.agent_id)
  if (agent === fleet.metadata.length) addAgent(fleet, event)
  const run = seen.runs[agent]
  const verdict = observeAt(seen, agent, event)
  if (verdict === 'duplicate') {
    fleet.duplicates++
    return undefined
  }
  countEvent(fleet, event)
  if (verdict === 'gap' || verdict === 'late') countDisorder(fleet, agent, event, verdict)
  if (seen.runs[agent] !== run || verdict === 'gap' || verdict === 'late') countMissing(fleet, agent)
  hearFrom(fleet, agent, event)
  if (event.claim !== undefined) foldClaim(fleet.bars, agent, event.claim)
  const metadata = keepMetadata(event.metadata, fleet.metadata_chars)
  fleet.metadata_chars += metadata.length - (fleet.metadata[agent] as string).length
  fleet.metadata[agent] = metadata
  pushNewest(fleet.newest, metadata === event.metadata ? event : { ...event, metadata })
  return agent
}

function countEvent(fleet: Fleet, { received_at_ms }: FleetEvent): void {
  fleet.events++
  fleet.received_at_ms = received_at_ms
  countArrival(fleet.arrivals, received_at_ms)
}

/** Takes note of a message that is no event: quarantined input, or bytes that Beacon did not write. */
export function pass(fleet: Fleet, seq: number): void {
  fleet.seq = seq
  if (fleet.first_seq === 0) fleet.first_seq = seq
}

/** Time constants of the rates: what happened so long ago weighs 1/e. */
export type RateWindow = 1 | 10 | 60

/** An agent's events per second at `now_ms`, weighted over so many seconds. */
export function rateAt({ columns }: Fleet, agent: number, now_ms: number, window_s: RateWindow = 10): number {
  const rates = window_s === 10 ? columns.rate_10 : window_s === 1 ? columns.rate_1 : columns.rate_60
  const elapsed_ms = Math.max(0, now_ms - (columns.last_seen_ms[agent] as number))
  return (rates[agent] as number) * Math.exp(-elapsed_ms / (window_s * 1_000))
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

/** What is known of a status: its activity, or that it names none; whether it is a last word; whether it is an error. */
const noActivity = 7
const finalBit = 8
const errorBit = 16
function markOf(status: string): number {
  const activity = activityOfStatus(status)
  const ordinal = activity === undefined ? noActivity : activities.indexOf(activity)
  return ordinal | (isFinalStatus(status) ? finalBit : 0) | (isErrorStatus(status) ? errorBit : 0)
}

/** The kinds that are an agent's own word on what it does. */
const saysStatus: Record<EventKind, boolean> = {
  state: true,
  heartbeat: true,
  lifecycle: true,
  claim: true,
  task: false,
  command: false,
  log: false,
}

const idle = activities.indexOf('idle')
const busy = activities.indexOf('busy')

function hearFrom(fleet: Fleet, agent: number, event: FleetEvent): void {
  const { columns } = fleet
  const isError = isErrorStatus(event.status)
  if (isError) {
    fleet.errors++
    columns.errors[agent] = (columns.errors[agent] as number) + 1
    columns.error_seq[agent] = event.seq
  }
  countPace(columns, agent, event, isError)
  columns.events[agent] = (columns.events[agent] as number) + 1
  columns.kind[agent] = eventKinds.indexOf(event.kind)
  columns.last_seq[agent] = event.seq
  columns.stopped[agent] = 0
  if (!saysStatus[event.kind] || isOfAnother(fleet, agent, event)) return
  takeStatus(fleet, agent, event)
  takeCall(fleet, agent, event)
}

/** The goodbye of an installation while another one of the agent calls in: the agent has not left. */
function isOfAnother(
  { columns, installations }: Fleet,
  agent: number,
  { kind, status, installation_id }: FleetEvent,
): boolean {
  if (kind !== 'lifecycle' || installation_id === undefined || columns.lease_ms[agent] === 0) return false
  return installations[agent] !== installation_id && isFinalStatus(status)
}

/** A lease ends with the goodbye. */
function takeCall(fleet: Fleet, agent: number, { lease_ms, installation_id, platform }: FleetEvent): void {
  const { columns, installations, platforms } = fleet
  if (columns.stopped[agent] === 1) columns.lease_ms[agent] = 0
  else if (lease_ms !== undefined) columns.lease_ms[agent] = lease_ms
  // Texts that say the same again are let go.
  if (installation_id !== undefined && installations[agent] !== installation_id)
    installations[agent] = installation_id
  if (platform !== undefined && platforms[agent] !== platform) platforms[agent] = platform
}

function takeStatus(
  fleet: Fleet,
  agent: number,
  { status, task, kind, seq, received_at_ms }: FleetEvent,
): void {
  const { columns, statuses, tasks } = fleet
  const before = columns.status[agent] as number
  const number = moveHolder(statuses, before, status)
  if (number !== before) {
    columns.status[agent] = number
    columns.status_seq[agent] = seq
    columns.status_since_ms[agent] = received_at_ms
  }
  if (task !== undefined) columns.task[agent] = moveHolder(tasks, columns.task[agent] as number, task)
  const mark = statuses.marks[number] as number
  const activity = mark & noActivity
  columns.activity[agent] = activity !== noActivity ? activity : task ? busy : idle
  columns.in_error[agent] = (mark & errorBit) === 0 ? 0 : 1
  if (kind === 'lifecycle') columns.stopped[agent] = (mark & finalBit) === 0 ? 0 : 1
}

function countDisorder(fleet: Fleet, agent: number, event: FleetEvent, verdict: 'gap' | 'late'): void {
  const { columns } = fleet
  if (verdict === 'late') {
    fleet.reorders++
    columns.reorders[agent] = (columns.reorders[agent] as number) + 1
    return
  }
  fleet.gaps++
  columns.gaps[agent] = (columns.gaps[agent] as number) + 1
  columns.gap_seq[agent] = event.seq
  columns.gap_ms[agent] = event.received_at_ms
}

function countMissing(fleet: Fleet, agent: number): void {
  const { columns } = fleet
  const missing = Math.min(missingOf(fleet.seen, agent), missingMax)
  fleet.missing += missing - (columns.missing[agent] as number)
  columns.missing[agent] = missing
}

function addAgent(fleet: Fleet, { received_at_ms }: FleetEvent): void {
  const agent = fleet.metadata.length
  if (agent === fleet.columns.status.length) fleet.columns = growColumns(fleet.columns)
  fleet.metadata.push('')
  fleet.installations.push('')
  fleet.platforms.push('')
  fleet.columns.status_since_ms[agent] = received_at_ms
  addHolder(fleet.statuses, '')
  addHolder(fleet.tasks, '')
}
