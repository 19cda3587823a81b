// An agent's own rhythm: moving means of its pauses, and what each new event weighs in them.

/** A new event weighs a fifth, so that the last ten say nearly everything. */
const weight = 0.2

/** One long silence is not yet a rhythm: a pause counts as no more than eight times the mean and a minute. */
const pauseFactorMax = 8
const pauseExtra_ms_max = 60_000

/** The mean of the pauses with one more in it; `mean_ms` is 0 before the first. */
export function nextPause(mean_ms: number, pause_ms: number): number {
  if (mean_ms === 0) return pause_ms
  const counted_ms = Math.min(pause_ms, mean_ms * pauseFactorMax + pauseExtra_ms_max)
  return mean_ms + weight * (counted_ms - mean_ms)
}

/** The share of errors with one more event in it. */
export const nextShare = (share: number, isError: boolean): number => share + weight * ((isError ? 1 : 0) - share)
