// Fail-closed: tells when the lease ran out while Beacon was away.

import type { AgentOptions } from '../agent-options.ts'

type Connection = Parameters<NonNullable<AgentOptions['onConnection']>>[0]

export type LeaseGuard = {
  hear(connection: Connection): void
  stop(): void
}

/** `onLost` is called once, at the end of the lease that was held when Beacon went away, unless it came back before. */
export function guardLease(wall_ms: () => number, onLost: () => void): LeaseGuard {
  let timer: NodeJS.Timeout | undefined
  let lost = false
  const lose = (): void => {
    lost = true
    onLost()
  }
  const stop = (): void => clearTimeout(timer)
  return {
    hear({ connected, lease_expires_ms }) {
      stop()
      if (lost || connected || lease_expires_ms === null) return
      timer = setTimeout(lose, Math.max(0, lease_expires_ms - wall_ms()))
    },
    stop,
  }
}
