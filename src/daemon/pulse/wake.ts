// Wakes at a time of the monotonic clock, to a fraction of a millisecond: setTimeout alone is off by up to two.

export type Wake = {
  /** Instead of whatever was asked for before. Milliseconds by performance.now(). */
  at(at_ms: number): void
  stop(): void
}

/** The last of the way is slept in one piece, so that nothing else can come between. */
const finish_ms = 2
/** What setTimeout takes at most. */
const timerMax_ms = 2 ** 31 - 1

export function makeWake(onWake: () => void): Wake {
  let timer: NodeJS.Timeout | undefined
  const at = (at_ms: number): void => {
    const wait_ms = Math.floor(at_ms - performance.now() - finish_ms)
    clearTimeout(timer)
    timer = setTimeout(approach, Math.min(Math.max(0, wait_ms), timerMax_ms), at_ms)
  }
  const approach = (at_ms: number): void => {
    const left_ms = at_ms - performance.now()
    if (left_ms > finish_ms) {
      at(at_ms)
      return
    }
    if (left_ms > 0) Atomics.wait(nobody, 0, 0, left_ms)
    onWake()
  }
  return { at, stop: () => clearTimeout(timer) }
}

/** Never notified: waiting for it is a sleep without CPU. */
const nobody = new Int32Array(new SharedArrayBuffer(4))
