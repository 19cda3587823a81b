// Health and need of every agent as it was last judged, kept from moment to moment.

import type { Fleet } from './fleet.ts'
import { healthOf, needOf } from './fleet-health.ts'
import { healths, needs } from './health.ts'
import { growTo, makeSweep, type Sweep, sweepAgents } from './sweep.ts'

export type Verdicts = {
  /** Ordinals of `healths` and `needs`, by agent. */
  health: Uint8Array
  need: Uint8Array
  /** Agents of each ordinal. */
  by_health: number[]
  by_need: number[]
  agents: number
  /** Moves when any verdict does. */
  changes: number
  sweep: Sweep
}

/** The moment to judge an agent at: it is not the same for all of them after Beacon itself stood still. */
export type MomentOf = (agent: number) => number

export const makeVerdicts = (): Verdicts => ({
  health: new Uint8Array(0),
  need: new Uint8Array(0),
  by_health: healths.map(() => 0),
  by_need: needs.map(() => 0),
  agents: 0,
  changes: 0,
  sweep: makeSweep(true),
})

/** Judges who was heard since the last time, and `slice` others. At first everybody. */
export function judge(verdicts: Verdicts, fleet: Fleet, momentOf: MomentOf, slice: number): void {
  verdicts.health = growTo(verdicts.health, fleet)
  verdicts.need = growTo(verdicts.need, fleet)
  // Until the sweep has visited them, new agents are healthy and need nobody.
  const joined = fleet.ids.length - verdicts.agents
  verdicts.agents += joined
  increase(verdicts.by_health, 0, joined)
  increase(verdicts.by_need, 0, joined)
  const { sweep } = verdicts
  sweepAgents(sweep, fleet, sweep.complete ? slice : Number.POSITIVE_INFINITY, (agent) =>
    judgeOne(verdicts, fleet, agent, momentOf(agent)),
  )
}

function judgeOne(verdicts: Verdicts, fleet: Fleet, agent: number, at_ms: number): void {
  const { health, need, by_health, by_need } = verdicts
  const isHealth = healthOf(fleet, agent, at_ms)
  const isNeed = needOf(fleet, agent, at_ms, isHealth)
  const wasHealth = health[agent] as number
  const wasNeed = need[agent] as number
  if (isHealth === wasHealth && isNeed === wasNeed) return
  verdicts.changes++
  health[agent] = isHealth
  need[agent] = isNeed
  increase(by_health, wasHealth, -1)
  increase(by_health, isHealth, 1)
  increase(by_need, wasNeed, -1)
  increase(by_need, isNeed, 1)
}

function increase(counts: number[], at: number, by: number): void {
  counts[at] = (counts[at] as number) + by
}
