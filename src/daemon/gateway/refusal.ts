// The supervisor's word that nothing may be accepted now, such as a full disk: early, before the broker meets it.

import type { NatsConnection } from '@nats-io/nats-core'
import { refusalSubject } from '../../core/subjects.ts'
import type { Circuit } from './circuit.ts'

/** It is said again each second while it holds; a supervisor that died must not hold up a gateway for ever. */
const holds_ms = 5_000

/** The circuit, open as well while the supervisor refuses. */
export function withRefusal(circuit: Circuit, nc: NatsConnection, daemon_id: string): Circuit {
  let refusal: { reason: string; until: number } | undefined
  nc.subscribe(refusalSubject(daemon_id), {
    callback: (error, message) => {
      if (error) return
      const { reason } = message.json<{ reason: string | null }>()
      refusal = reason === null ? undefined : { reason, until: performance.now() + holds_ms }
    },
  })
  return {
    ...circuit,
    blocked: () => (refusal && performance.now() < refusal.until ? refusal.reason : circuit.blocked()),
  }
}
