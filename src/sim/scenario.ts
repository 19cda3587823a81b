// What a scenario is: agents, the times at which events are due, and the events, all from one seed.

import type { Wrong } from './wrong.ts'

export const scenarioNames = ['swarm', 'storm', 'flap', 'chaos'] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** One event on its way: what to send, and what must come of it. */
export type SimEvent = {
  /** Index in `Scenario.ids`. */
  agent: number
  /** The number of the event in its agent's run; 0 for a deliberate wrong, which takes no number. */
  agent_seq: number
  /** The JSON to send. */
  body: string
  /** Milliseconds after the start at which the event is due. */
  due_ms: number
  /** Sent before under the same number: Beacon must accept it and store nothing. */
  duplicate?: boolean
  /** Deliberately wrong: Beacon must refuse it. */
  wrong?: Wrong
}

export type Scenario = {
  name: ScenarioName
  ids: string[]
  /** When event `i` (from 0) is due, in milliseconds after the start. Never falls. */
  dueAt(i: number): number
  /** The next event. Called once per event, in order; the sequence hangs on the seed alone. */
  next(due_ms: number): SimEvent
}

export type ScenarioOptions = {
  agents: number
  /** Events per second. */
  rate: number
  seed: number
  run: string
  /** Share of the agents that are in trouble, 0 to 1, in the swarm and the storm; none when absent. */
  trouble?: number
}
