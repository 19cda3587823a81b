// A short circuit in front of a broker that is full or away: requests are refused at once, without a publish each,
// and the circuit finds out by itself when it is worth trying again.

export type CircuitState = 'closed' | 'open' | 'trial'

export type Circuit = {
  /** Why nothing may be published now; undefined when it may. */
  blocked(): string | undefined
  succeeded(): void
  failed(detail: string): void
  state(): CircuitState
  stop(): void
}

export type CircuitOptions = {
  /** Resolves when a publish may be tried; rejects while it would be in vain. */
  probe(): Promise<unknown>
  probe_interval_ms: number
}

/** closed → (a publish failed) → open → (the probe succeeded) → trial → (a publish succeeded) → closed. */
export function makeCircuit({ probe, probe_interval_ms }: CircuitOptions): Circuit {
  let state: CircuitState = 'closed'
  let reason = ''
  let timer: NodeJS.Timeout | undefined

  function probeLater() {
    timer = setTimeout(() => {
      probe().then(
        () => {
          if (state === 'open') state = 'trial'
        },
        () => {
          if (timer) probeLater()
        },
      )
    }, probe_interval_ms)
    timer.unref()
  }

  return {
    blocked: () => (state === 'open' ? reason : undefined),
    succeeded() {
      // A publish that was sent before the failure may still succeed: only a trial closes the circuit.
      if (state === 'trial') state = 'closed'
    },
    failed(detail) {
      reason = detail
      if (state === 'open') return
      state = 'open'
      probeLater()
    },
    state: () => state,
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
