// Is the agent well, and does it need a person? Judged from three clocks, so that a busy agent is never called dead.
//
// Which clock runs is what the agent last said that it does (`activity`): idle, busy in a tool or task, waiting for a
// person. Silence counts against the clock that runs, never against another one.

/** From well to worst; `stopped` said goodbye. Ordinals are used in arrays and on the wire. */
export const healths = ['healthy', 'late', 'suspect', 'unhealthy', 'stopped'] as const
export type Health = (typeof healths)[number]

/** The clock that runs: `paused` and `done` accuse nobody of silence. */
export const activities = ['idle', 'busy', 'waiting', 'paused', 'done'] as const
export type Activity = (typeof activities)[number]

/** Why a person may be needed, the most urgent first after `none`. */
export const needs = ['none', 'unhealthy', 'stuck', 'waiting', 'erroring', 'finished', 'gaps'] as const
export type Need = (typeof needs)[number]

/** One reason for an agent's state, and the event that it rests on. */
export type Reason = {
  code: 'stopped' | 'silence' | 'rhythm' | 'status' | 'task' | 'errors' | 'gaps' | 'beacon'
  /** A sentence for people: `silent for 1m 42s, three times its rhythm of 34 s`. Holds no text of the agent's. */
  says: string
  /** Sequence of the event behind it; null when it rests on time alone. */
  seq: number | null
}
