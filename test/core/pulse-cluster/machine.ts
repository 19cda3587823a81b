// A simulated machine: clocks that drift and step, and a process that can be stopped. What comes to a stopped process waits.

import type { Clock } from '../../../src/core/beat-tracker.ts'
import type { World } from './world.ts'

export type Machine = {
  clock(): Clock
  /** By the machine's monotonic clock. */
  after(delay_ms: number, run: () => void): void
  /** Runs at once, or when the process goes on. */
  deliver(run: () => void): void
  stepWall(by_ms: number): void
  stop(): void
  go(): void
  /** The process ends: nothing of it runs any more. */
  kill(): void
  isDead(): boolean
  isRunning(): boolean
}

/** The simulated day begins here. */
const wall0_ms = 1_800_000_000_000

export function makeMachine(world: World, rate: number, skew_ms: number): Machine {
  const uptime_ms = world.between(1e3, 1e7)
  let wallSkew_ms = skew_ms
  let waiting: (() => void)[] | null = null
  let killed = false
  const deliver = (run: () => void): void => {
    if (killed) return
    if (waiting) waiting.push(run)
    else run()
  }
  return {
    clock: () => ({
      monotonic_ms: uptime_ms + world.now_ms() * rate,
      wall_ms: wall0_ms + wallSkew_ms + world.now_ms() * rate,
    }),
    after: (delay_ms, run) => world.after(delay_ms / rate, () => deliver(run)),
    deliver,
    stepWall(by_ms) {
      wallSkew_ms += by_ms
    },
    stop() {
      waiting ??= []
    },
    go() {
      const ready = waiting ?? []
      waiting = null
      for (const run of ready) deliver(run)
    },
    kill() {
      killed = true
      waiting = null
    },
    isDead: () => killed,
    isRunning: () => !killed && !waiting,
  }
}
