// Random histories of a few agents, as the stream would bring them: duplicates, gaps, late numbers, several runs,
// redeliveries, clocks that differ, all kinds, statuses that come and go, and claims of bars that do.

import fc from 'fast-check'
import { eventKinds } from '../../src/core/event.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { type ClaimStep, claimStep, makeBarCount, windowOf } from './claim-histories.ts'

export const start_ms = 1_782_475_200_000

const step = fc.record(
  {
    agent: fc.nat(5),
    kind: fc.constantFrom(...eventKinds, 'claim', 'claim'),
    // Few free ones, so that their numbers are freed and used again.
    status: fc.oneof(
      fc.constantFrom('running', 'error', 'Failed', 'idle', 'waiting_for_input', 'paused', 'done', 'stopped'),
      fc.constantFrom('a', 'b', 'c', 'd'),
    ),
    task: fc.constantFrom('plan', 'search', ''),
    // Few numbers, so that many are duplicates, late, or leave a gap.
    agent_seq: fc.nat(12),
    run: fc.constantFrom('r1', 'r2', 'r3'),
    in_seq: fc.integer({ min: 1, max: 30 }),
    heartbeat_interval_ms: fc.constantFrom(1_000, 30_000),
    lease_ms: fc.constantFrom(5_000, 60_000),
    installation_id: fc.constantFrom('i1', 'i2'),
    platform: fc.constantFrom('{"type":"docker"}', '{"type":"lambda"}'),
    pause_ms: fc.oneof(
      fc.constant(0),
      fc.integer({ min: -5_000, max: 5_000 }),
      fc.integer({ min: 0, max: 600_000 }),
    ),
    words: fc.nat(9),
    // Without it, a stored claim that is odd.
    claim: claimStep,
  },
  { requiredKeys: ['agent', 'kind', 'status', 'pause_ms', 'words'] },
)

/** Events in the stream's order; sequences begin at 1 and have no holes. */
export const histories = (maxLength = 200): fc.Arbitrary<FleetEvent[]> =>
  fc.array(step, { maxLength }).map((steps) => {
    let at_ms = start_ms
    const barOf = makeBarCount()
    return steps.map((step, i) => {
      const { agent, pause_ms, words, heartbeat_interval_ms, claim: claimed, ...said } = step
      const { lease_ms, installation_id, platform, ...plain } = said
      const event = plain.kind === 'heartbeat' || plain.kind === 'lifecycle' ? said : plain
      at_ms += pause_ms
      const heartbeat = event.kind === 'heartbeat' && heartbeat_interval_ms !== undefined
      const claim = event.kind === 'claim' && claimed ? toFacts(claimed, barOf(claimed)) : undefined
      return {
        ...event,
        ...(heartbeat ? { heartbeat_interval_ms } : {}),
        ...(claim ? { claim, status: claim.state } : {}),
        ...(claim?.task ? { task: claim.task } : {}),
        seq: i + 1,
        agent_id: `agent-${agent}`,
        received_at_ms: at_ms,
        metadata: JSON.stringify({ words, ...(event.task === undefined ? {} : { task: event.task }) }),
      }
    })
  })

const toFacts = ({ place: _place, ...claim }: ClaimStep, bar: number) => ({
  ...claim,
  ...windowOf(bar),
})
