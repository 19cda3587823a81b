// The reasons for an agent's state, in sentences, each with the event behind it.
//
// Of what agents sent the sentences hold the names of status and task only, and these raw: who prints them escapes them.

import type { Fleet } from './fleet.ts'
import {
  activityOf,
  expectedFrom,
  expectedInterval,
  hasLease,
  lateAfter,
  needOf,
  suspectAfter,
  unhealthyAfter,
} from './fleet-health.ts'
import { activities, healthThresholds as limits, type Need, needs, type Reason } from './health.ts'
import { missingOf, missingRanges } from './seen.ts'
import { spellDuration as spell } from './spell-duration.ts'

/** What the need rests on first, then silence, status, errors and gaps; never empty. */
export function reasonsOf(fleet: Fleet, agent: number, now_ms: number): Reason[] {
  const stopped = fleet.columns.stopped[agent] === 1
  const reasons = [
    stopped ? stoppedReason(fleet, agent, now_ms) : silenceReason(fleet, agent, now_ms),
    ...(stopped ? [] : [statusReason(fleet, agent, now_ms)]),
    ...errorReasons(fleet, agent, now_ms),
    ...gapReasons(fleet, agent, now_ms),
  ]
  const first = behindNeed[needs[needOf(fleet, agent, now_ms)] ?? 'none']
  return reasons.sort((a, b) => Number(b.code === first) - Number(a.code === first))
}

const behindNeed: Record<Need, Reason['code'] | undefined> = {
  none: undefined,
  unhealthy: 'silence',
  stuck: 'silence',
  waiting: 'status',
  erroring: 'errors',
  finished: 'status',
  gaps: 'gaps',
}

function stoppedReason(fleet: Fleet, agent: number, now_ms: number): Reason {
  const { last_seen_ms, last_seq } = fleet.columns
  const ago = spell(now_ms - (last_seen_ms[agent] as number))
  return {
    code: 'stopped',
    says: `its last word was ${statusOf(fleet, agent)}, ${ago} ago; any event from it ends this`,
    seq: last_seq[agent] as number,
  }
}

function silenceReason(fleet: Fleet, agent: number, now_ms: number): Reason {
  const silence_ms = now_ms - (fleet.columns.last_seen_ms[agent] as number)
  const late_ms = lateAfter(fleet, agent)
  const heard =
    silence_ms >= late_ms ? `silent for ${spell(silence_ms)}` : `heard from ${spell(silence_ms)} ago`
  const seq = fleet.columns.last_seq[agent] as number
  const activity = activities[activityOf(fleet, agent)]
  if (late_ms === Number.POSITIVE_INFINITY)
    return { code: 'silence', says: `${heard}; it is ${activity}, so silence is not counted`, seq }
  const steps = [`late after ${spell(late_ms)}`, `suspect after ${spell(suspectAfter(fleet, agent))}`]
  const unhealthy_ms = unhealthyAfter(fleet, agent)
  steps.push(
    unhealthy_ms === Number.POSITIVE_INFINITY
      ? 'never unhealthy while it is busy'
      : `unhealthy after ${spell(unhealthy_ms)}`,
  )
  return { code: 'silence', says: `${heard}; ${expectation(fleet, agent)}: ${steps.join(', ')}`, seq }
}

/** `it is expected each 34s (4 × its mean pause of 8.5s)` */
function expectation(fleet: Fleet, agent: number): string {
  const each = `expected each ${spell(expectedInterval(fleet, agent))}`
  const pause = spell(fleet.columns.pause_ms[agent] as number)
  if (hasLease(fleet, agent))
    return `its lease of ${spell(fleet.columns.lease_ms[agent] as number)} wants a sign of life each ${spell(expectedInterval(fleet, agent))}`
  switch (expectedFrom(fleet, agent)) {
    case 'heartbeat':
      return `its heartbeat is ${each}`
    case 'rhythm':
      return expectedInterval(fleet, agent) > limits.rhythm_ms_min
        ? `it is ${each} (${limits.rhythm_factor} × its mean pause of ${pause})`
        : `it is ${each}, the least (its mean pause is ${pause})`
    case 'default':
      return `it is ${each}, until ${limits.rhythm_events_min} events were heard`
  }
}

function statusReason(fleet: Fleet, agent: number, now_ms: number): Reason {
  const seq = fleet.columns.status_seq[agent] as number
  if (seq === 0) return { code: 'status', says: 'has not said yet what it does', seq: null }
  const activity = activities[activityOf(fleet, agent)]
  const task = fleet.tasks.texts[fleet.columns.task[agent] as number] as string
  const inTask = activity === 'busy' && task !== ''
  return {
    code: inTask ? 'task' : 'status',
    says: `${activity} by its status ${statusOf(fleet, agent)}, held for ${heldFor(fleet, agent, now_ms)}${inTask ? `, in ${task}` : ''}`,
    seq,
  }
}

function errorReasons(fleet: Fleet, agent: number, now_ms: number): Reason[] {
  const { in_error, errors, events, error_share, error_seq, status_seq } = fleet.columns
  const reasons: Reason[] = []
  if (in_error[agent] === 1)
    reasons.push({
      code: 'errors',
      says: `its status ${statusOf(fleet, agent)} is an error, held for ${heldFor(fleet, agent, now_ms)}`,
      seq: status_seq[agent] as number,
    })
  if ((errors[agent] as number) > 0)
    reasons.push({
      code: 'errors',
      says: `${Math.round((error_share[agent] as number) * 100)} % of its recent events were errors, ${errors[agent]} of ${events[agent]} in all`,
      seq: error_seq[agent] as number,
    })
  return reasons
}

function gapReasons(fleet: Fleet, agent: number, now_ms: number): Reason[] {
  const { gaps, reorders, missing, gap_seq, gap_ms } = fleet.columns
  const seq = (gap_seq[agent] as number) || null
  const history = `in all ${counted(gaps[agent] as number, 'gap')}, ${counted(reorders[agent] as number, 'late number')}`
  if ((missing[agent] as number) === 0) {
    if (gaps[agent] === 0 && reorders[agent] === 0) return []
    return [{ code: 'gaps', says: `no number is missing; ${history}`, seq }]
  }
  const ago = spell(now_ms - (gap_ms[agent] as number))
  const says = `${missingNumbers(fleet, agent)}; the last gap came ${ago} ago; ${history}`
  return [{ code: 'gaps', says, seq }]
}

/** `number 17 is missing`, `12 numbers are missing: 3–6, 9, 12, …` */
function missingNumbers({ seen }: Fleet, agent: number): string {
  const ranges = missingRanges(seen, agent, named_max + 1).map(([from, to]) =>
    from === to ? `${from}` : `${from}–${to}`,
  )
  const count = missingOf(seen, agent)
  if (count === 1) return `number ${ranges[0]} is missing`
  if (ranges.length > named_max) ranges[named_max] = '…'
  return `${count} numbers are missing: ${ranges.join(', ')}`
}

const named_max = 3

const counted = (count: number, name: string): string => `${count} ${count === 1 ? name : `${name}s`}`
const statusOf = (fleet: Fleet, agent: number): string =>
  fleet.statuses.texts[fleet.columns.status[agent] as number] as string
const heldFor = (fleet: Fleet, agent: number, now_ms: number): string =>
  spell(now_ms - (fleet.columns.status_since_ms[agent] as number))
