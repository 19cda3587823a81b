// Lets one through at a time, in order, and only so many wait.

import { BeaconError } from '../../core/errors.ts'

const waitingMax = 1_000

export type Turnstile = {
  /** Resolves with the way out, which must be called; again does no harm. Throws `overloaded` when too many wait. */
  enter(): Promise<() => void>
}

export function makeTurnstile(): Turnstile {
  const waiting: (() => void)[] = []
  let taken = false
  const pass = () => {
    let left = false
    return () => {
      if (left) return
      left = true
      const next = waiting.shift()
      if (next) next()
      else taken = false
    }
  }
  return {
    async enter() {
      if (taken) {
        if (waiting.length >= waitingMax) {
          throw new BeaconError('overloaded', `${waiting.length} large or compressed bodies wait already`)
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      taken = true
      return pass()
    },
  }
}
