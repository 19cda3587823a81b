// The moment at which agents are judged. Beacon must not accuse an agent of a delay that is Beacon's own:
//
// While the fold is behind, time stands where the fold is: what the agents said since is still on its way. And when
// Beacon stood still (stopped, suspended, starved, cut off from the broker, its gateways deaf, or its clock set forward),
// that time counts against nobody who could not be heard in it.

import { type Arrivals, rateOver } from './arrivals.ts'

export type JudgingClock = {
  /** The last moment, and the wall clock's time at it; 0 before the first. */
  moment_ms: number
  wall_ms: number
  /** How long Beacon stood still, and until when, the newest last. */
  stalls: Stall[]
}

/** `told`: a gateway said so itself. Whoever was received meanwhile came another way. */
type Stall = { until_ms: number; stalled_ms: number; told: boolean }

/** `since_ms` is the last time that Beacon is known to have heard from anyone, 0 if never: it stood still since then. */
export const makeJudgingClock = (since_ms = 0): JudgingClock => ({
  moment_ms: since_ms,
  wall_ms: since_ms,
  stalls: [],
})

/** What waits in the stream for less than this is on its way; a tick that comes later than this tells of a stall. */
const behind_ms = 1_000
/** A clock that was set back by more than this is followed. */
const back_ms_max = 5_000
const stallsMax = 8

export type Tick = {
  wall_ms: number
  interval_ms: number
  arrivals: Arrivals
  /** Receive time of the last event folded, and how many wait behind it. */
  received_at_ms: number
  pending: number
  /** The broker cannot be reached. */
  cut_off: boolean
  /** A gateway says that it cannot store what it is told. */
  deaf: boolean
}

/** Called each `interval_ms`: the moment to judge at. */
export function tickClock(clock: JudgingClock, tick: Tick): number {
  const { wall_ms, interval_ms, received_at_ms } = tick
  // The first tick after the cut finds out how long it was.
  if (tick.cut_off && clock.wall_ms > 0) return clock.moment_ms
  const elapsed_ms = clock.wall_ms === 0 ? 0 : wall_ms - clock.wall_ms
  const stalled_ms = elapsed_ms - interval_ms
  if (tick.deaf) addDeafness(clock, wall_ms, elapsed_ms)
  else if (stalled_ms > behind_ms) clock.stalls.push({ until_ms: wall_ms, stalled_ms, told: false })
  clock.stalls = clock.stalls.filter((stall) => !heardIn(tick.arrivals, stall)).slice(-stallsMax)
  const behind = tick.pending > 0 && wall_ms - received_at_ms > behind_ms
  // One event after a long silence does not turn time back.
  const moment_ms = behind ? Math.max(clock.moment_ms, received_at_ms) : wall_ms
  clock.wall_ms = wall_ms
  clock.moment_ms = moment_ms > wall_ms + back_ms_max ? wall_ms : moment_ms
  return clock.moment_ms
}

/** One deafness is one stall, however many ticks it lasts. */
function addDeafness(
  { stalls, wall_ms: before_ms }: JudgingClock,
  wall_ms: number,
  elapsed_ms: number,
): void {
  const last = stalls.at(-1)
  if (last?.told && last.until_ms === before_ms) {
    last.until_ms = wall_ms
    last.stalled_ms += elapsed_ms
  } else stalls.push({ until_ms: wall_ms, stalled_ms: elapsed_ms, told: true })
}

/** Somebody was received in that time: then this process alone stood still, and silence in it was silence. */
function heardIn(arrivals: Arrivals, { until_ms, stalled_ms, told }: Stall): boolean {
  if (told) return false
  const window_ms = Math.floor(Math.min(stalled_ms - 2 * behind_ms, 60_000) / 1_000) * 1_000
  return window_ms > 0 && rateOver(arrivals, until_ms - behind_ms, window_ms) > 0
}

/** The moment for an agent that was last heard at `last_seen_ms`. */
export function momentFor({ moment_ms, stalls }: JudgingClock, last_seen_ms: number): number {
  let at_ms = moment_ms
  for (const { until_ms, stalled_ms } of stalls) if (last_seen_ms <= until_ms) at_ms -= stalled_ms
  return at_ms
}
