// Who said goodbye, and whose lease ran out: only the fold knows, and orders wait for it. Told to the gateways
// (`beacon.agents.ended`), at most ten times a second.
//
// Anything may be told twice, and after a start all who are ended are told again, since nobody may have listened. What
// is not true any more when it would be told is left out: the agent came back.

import type { Fleet } from '../../core/fleet.ts'
import { hasLease } from '../../core/fleet-health.ts'
import { type JudgingClock, momentFor } from '../../core/judging-clock.ts'
import type { EndedAgents } from '../../core/order.ts'
import { growTo } from '../../core/sweep.ts'
import { makeTimingWheel, putEntry, type TimingWheel, turnWheel } from '../../core/timing-wheel.ts'

export type EndedWatch = {
  /** The agents with a lease, each once, by its end. */
  wheel: TimingWheel
  /** 1: the agent is in the wheel. */
  watched: Uint8Array
  /** To be told, the first to end first. */
  ended: Set<number>
}

/** Ids may be long: so many stay below what a message may hold. */
const told_max = 500

export function makeEndedWatch(fleet: Fleet, now_ms: number): EndedWatch {
  const watch = { wheel: makeTimingWheel(now_ms), watched: new Uint8Array(0), ended: new Set<number>() }
  for (let agent = 0; agent < fleet.ids.length; agent++) watchAgent(watch, fleet, agent)
  return watch
}

/** Call for each agent that was heard. Costs the wheel nothing while a lease is only renewed. */
export function watchAgent(watch: EndedWatch, fleet: Fleet, agent: number): void {
  const { stopped, lease_ms, last_seen_ms } = fleet.columns
  if (stopped[agent] === 1) watch.ended.add(agent)
  else if (lease_ms[agent] !== 0) {
    watch.watched = growTo(watch.watched, fleet)
    if (watch.watched[agent] === 1) return
    watch.watched[agent] = 1
    putEntry(watch.wheel, agent, (last_seen_ms[agent] as number) + (lease_ms[agent] as number))
  }
}

/** Finds the leases that ran out. The wheel's time is the judging clock's. */
export function turnLeases({ wheel, watched, ended }: EndedWatch, fleet: Fleet, clock: JudgingClock): void {
  turnWheel(wheel, clock.moment_ms, (agent) => {
    const left_ms = hasLease(fleet, agent) ? leaseLeft(fleet, agent, clock) : 0
    if (left_ms > 0) return clock.moment_ms + left_ms
    watched[agent] = 0
    if (hasLease(fleet, agent)) ended.add(agent)
    return undefined
  })
}

/** The next to be told, no longer to be told afterwards; undefined when there is nobody. */
export function takeEnded({ ended }: EndedWatch, fleet: Fleet, clock: JudgingClock): EndedAgents | undefined {
  const agents: EndedAgents['agents'] = []
  for (const agent of ended) {
    if (agents.length === told_max) break
    ended.delete(agent)
    const told = toEnded(fleet, agent, clock)
    if (told !== undefined) agents.push(told)
  }
  return agents.length === 0 ? undefined : { agents }
}

function toEnded(
  fleet: Fleet,
  agent: number,
  clock: JudgingClock,
): EndedAgents['agents'][number] | undefined {
  const { stopped, last_seen_ms, lease_ms } = fleet.columns
  const agent_id = fleet.ids[agent] as string
  const seen_ms = last_seen_ms[agent] as number
  if (stopped[agent] === 1) return { agent_id, how: 'stopped', at_ms: seen_ms }
  if (!hasLease(fleet, agent) || leaseLeft(fleet, agent, clock) > 0) return undefined
  return { agent_id, how: 'lease_expired', at_ms: seen_ms + (lease_ms[agent] as number) }
}

/** In the judging clock's time, so that Beacon's own stalls move it. */
const leaseLeft = ({ columns }: Fleet, agent: number, clock: JudgingClock): number => {
  const seen_ms = columns.last_seen_ms[agent] as number
  return seen_ms + (columns.lease_ms[agent] as number) - momentFor(clock, seen_ms)
}
