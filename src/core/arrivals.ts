// How many events came when: a ring of tenths of a second by receive time, from which rates and the history are read.
//
// A slot carries the number of its tenth, so that neither a pause nor a clock that jumps needs the ring to be cleared.

const slot_ms = 100
const slots = 640
/** Events on their way from a gateway through the stream: the newest tenths are not complete yet. */
const settle_ms = 300
export const history_s = 60

export type Arrivals = {
  tenths: Float64Array
  counts: Uint32Array
  /** Receive time of the first event ever counted; rates of a young fleet are taken over its age. */
  since_ms: number
}

export const makeArrivals = (): Arrivals => ({
  tenths: new Float64Array(slots).fill(-1),
  counts: new Uint32Array(slots),
  since_ms: Number.POSITIVE_INFINITY,
})

export function countArrival(arrivals: Arrivals, at_ms: number): void {
  const tenth = Math.floor(at_ms / slot_ms)
  const slot = tenth % slots
  const held = arrivals.tenths[slot] as number
  if (held === tenth) {
    arrivals.counts[slot] = (arrivals.counts[slot] as number) + 1
    return
  }
  // Older than what the slot holds: it came more than a minute late and belongs to no rate any more.
  if (held > tenth) return
  arrivals.tenths[slot] = tenth
  arrivals.counts[slot] = 1
  if (at_ms < arrivals.since_ms) arrivals.since_ms = at_ms
}

/** Events per second over the last `window_ms` that are complete at `now_ms`. */
export function rateOver(arrivals: Arrivals, now_ms: number, window_ms: number): number {
  const end = Math.floor((now_ms - settle_ms) / slot_ms)
  const age = Math.min(window_ms, Math.max(1_000, end * slot_ms - arrivals.since_ms))
  return (countBetween(arrivals, end - window_ms / slot_ms, end) * 1_000) / age
}

export type SecondCounts = {
  /** The second (since the epoch) of the first count. */
  from_s: number
  counts: number[]
}

/** Events of each complete second after `after_s`, at most the last minute. */
export function secondsAfter(arrivals: Arrivals, now_ms: number, after_s: number): SecondCounts {
  const end_s = Math.floor((now_ms - settle_ms) / 1_000)
  const from_s = Math.min(end_s, Math.max(after_s + 1, end_s - history_s))
  const counts: number[] = []
  for (let second = from_s; second < end_s; second++)
    counts.push(countBetween(arrivals, second * 10, second * 10 + 10))
  return { from_s, counts }
}

/** Tenths from `from` to before `to`. */
function countBetween(arrivals: Arrivals, from: number, to: number): number {
  let sum = 0
  for (let tenth = from; tenth < to; tenth++) {
    const slot = ((tenth % slots) + slots) % slots
    if (arrivals.tenths[slot] === tenth) sum += arrivals.counts[slot] as number
  }
  return sum
}
