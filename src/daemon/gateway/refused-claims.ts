// Counts the claims that are refused at this gateway's doors, and tells the aggregator, which reports them with the bar.

import type { NatsConnection } from '@nats-io/nats-core'
import { Counter, type Registry } from 'prom-client'
import type { ErrorCode } from '../../core/errors.ts'
import { type RefusedClaims, refusedClaimsSubject } from '../../core/status-claim.ts'
import { isConnected } from '../stream/publish-frames.ts'

export type ClaimRefusals = {
  /** `agent` as the sender wrote it: only a valid id is told. Without a code it is none of the rules that is broken. */
  add(code: ErrorCode | undefined, agent: unknown): void
  /** Resolves when what was left is told. */
  stop(): Promise<void>
}

const tell_ms = 1_000
const agents_max = 5
const agentId = /^[A-Za-z0-9_:-]{1,128}$/

export function countRefusedClaims(nc: NatsConnection, registry: Registry): ClaimRefusals {
  const total = new Counter({
    name: 'beacon_gateway_claims_refused_total',
    help: 'Claims refused at the doors, by error code.',
    labelNames: ['code'],
    registers: [registry],
  })
  let counts: RefusedClaims['counts'] = {}
  const agents = new Set<string>()

  function tell(): void {
    if (Object.keys(counts).length === 0 || !isConnected(nc)) return
    const word: RefusedClaims = { counts, agents: [...agents] }
    nc.publish(refusedClaimsSubject, JSON.stringify(word))
    counts = {}
    agents.clear()
  }
  const telling = setInterval(tell, tell_ms)

  return {
    add(code = 'claim_invalid', agent) {
      total.inc({ code })
      counts[code] = (counts[code] ?? 0) + 1
      if (agents.size < agents_max && typeof agent === 'string' && agentId.test(agent)) agents.add(agent)
    },
    async stop() {
      clearInterval(telling)
      tell()
      // Closing a connection throws away what it has not sent yet.
      if (isConnected(nc)) await nc.flush().catch(() => {})
    },
  }
}
