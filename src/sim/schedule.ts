// When events are due: an open-loop schedule, fixed before the first answer. A slow Beacon changes nothing in it.

/** Event i is due at i / rate. */
export const steady =
  (rate: number) =>
  (i: number): number =>
    (i * 1000) / rate

/** A storm: calm at the rate, then a burst at ten times the rate, over and over. */
export const storm = { calm_ms: 8_000, burst_ms: 2_000, burst_factor: 10 } as const

/** Event i of a storm: the inverse of the number of events due by a time. */
export function stormy(rate: number): (i: number) => number {
  const calmEvents = (rate * storm.calm_ms) / 1000
  const cycleEvents = calmEvents + (rate * storm.burst_factor * storm.burst_ms) / 1000
  const cycleMs = storm.calm_ms + storm.burst_ms
  return (i) => {
    const cycle = Math.floor(i / cycleEvents)
    const rest = i - cycle * cycleEvents
    const within =
      rest < calmEvents
        ? (rest * 1000) / rate
        : storm.calm_ms + ((rest - calmEvents) * 1000) / (rate * storm.burst_factor)
    return cycle * cycleMs + within
  }
}
