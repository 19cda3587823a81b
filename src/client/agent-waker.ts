// A pause that can be ended early: what a loop of the agent's sleeps on.

export type Waker = {
  /** Resolves after `ms`, or when woken; at once if that happened since the last pause. */
  pause(ms: number): Promise<void>
  wake(): void
}

/** The longest that a timer can count. */
const longest_ms = 2 ** 31 - 1

export function makeWaker(): Waker {
  let woken = false
  let end = (): void => {
    woken = true
  }
  const arm = end
  return {
    pause(ms) {
      if (woken) {
        woken = false
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => end(), Math.min(longest_ms, Math.max(0, ms)))
        end = () => {
          clearTimeout(timer)
          end = arm
          resolve()
        }
      })
    },
    wake: () => end(),
  }
}

/** Doubles with each failure, up to `max_ms`; spread, so that a swarm that lost Beacon does not come back in one instant. */
export const backoff_ms = (failures: number, max_ms: number): number =>
  Math.min(max_ms, 200 * 2 ** Math.min(failures, 16)) * (0.75 + Math.random() / 2)
