// How long to wait before a service is started again.

const first_ms = 100
const longest_ms = 10_000
/** A service that ran this long was well: its next failure counts as the first. */
const well_ms = 30_000

export type Backoff = { failures: number }

export const noFailures: Backoff = { failures: 0 }

/** The state and the wait after one more exit of a process that had been up for `up_ms`. */
export function nextBackoff(state: Backoff, up_ms: number): { state: Backoff; wait_ms: number } {
  const failures = up_ms >= well_ms ? 0 : state.failures
  return {
    state: { failures: failures + 1 },
    wait_ms: Math.min(longest_ms, first_ms * 2 ** failures),
  }
}
