// Is the agent well, and does it need a person? Judged from three clocks, so that a busy agent is never called dead.
//
// Which clock runs is what the agent last said that it does (`activity`): idle, busy in a tool or task, waiting for a
// person. Silence counts against the clock that runs, never against another one. A lease is a fourth clock, and goes over
// the others: its agent promised to call in whatever it does.

/** From well to worst; `stopped` said goodbye. Ordinals are used in arrays and on the wire. */
export const healths = ['healthy', 'late', 'suspect', 'unhealthy', 'stopped'] as const
export type Health = (typeof healths)[number]

/** The clock that runs: `paused` and `done` accuse nobody of silence. */
export const activities = ['idle', 'busy', 'waiting', 'paused', 'done'] as const
export type Activity = (typeof activities)[number]

/** Why a person may be needed, the most urgent first after `none`. */
export const needs = ['none', 'unhealthy', 'stuck', 'waiting', 'erroring', 'finished', 'gaps'] as const
export type Need = (typeof needs)[number]

/** When silence, errors and gaps mean something. Factors are of the expected interval, shares from 0 to 1. */
export const healthThresholds = Object.freeze({
  /** How often an agent is expected to be heard from: as often as its heartbeats come, but not more often than … */
  interval_ms_min: 5_000,
  /** … without heartbeats so many times its mean pause, but not more often than … */
  rhythm_factor: 4,
  rhythm_ms_min: 20_000,
  /** … and before so many events were heard, this. */
  rhythm_events_min: 3,
  interval_ms_default: 60_000,
  /** Late, suspect and unhealthy by missed intervals; the first has some grace. */
  late_factor: 1.2,
  suspect_factor: 2,
  unhealthy_factor: 3,
  /** A busy agent's interval is at least this: so long may a step in a tool or task take. */
  busy_patience_ms: 300_000,
  /** A person is needed when a status that waits, or that is an error, was held so long … */
  waiting_ms: 15_000,
  in_error_ms: 10_000,
  /** … when so many of its recent events were errors, of so many at least, the last event no longer ago than this … */
  error_share: 0.5,
  errors_min: 3,
  error_share_ms_max: 900_000,
  /** … when it is done and silent, from the first to the second … */
  finished_ms: 60_000,
  finished_ms_max: 960_000,
  /** … and when numbers are missing, so long after the last gap. */
  missing_ms: 5_000,
})

/** One reason for an agent's state, and the event that it rests on. */
export type Reason = {
  code: 'stopped' | 'silence' | 'status' | 'task' | 'errors' | 'gaps'
  /** A sentence for people. Of the agent's own texts it holds its status and its task, raw: escape it. */
  says: string
  /** Sequence of the event behind it; null when it rests on time alone. */
  seq: number | null
}
