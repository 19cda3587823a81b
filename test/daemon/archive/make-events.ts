// Events as a gateway would have written them; the writers that tests run as processes of their own use it too.

import { toEventLine } from '../../../src/core/event-line.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'

/** 2026-11-21T00:00:00Z */
export const start_ms = Date.UTC(2026, 10, 21)
export const hour_ms = 3_600_000
export const day_ms = 24 * hour_ms

export type EventSpec = {
  seq: number
  agent?: string
  received_at_ms?: number
  agent_seq?: number
  run?: string
  in_seq?: number
  text?: string
}

export function makeEvent(spec: EventSpec): StreamEvent {
  const { seq, agent = `agent-${seq % 7}`, received_at_ms = start_ms + seq } = spec
  const line = toEventLine(
    {
      agent_id: agent,
      status: 'running',
      metadata: { n: seq, ...(spec.text === undefined ? {} : { text: spec.text }) },
      ...(spec.agent_seq === undefined ? {} : { agent_seq: spec.agent_seq }),
      ...(spec.run === undefined ? {} : { run: spec.run }),
    },
    {
      id: `id-${seq}`,
      received_at_ms,
      hlc: '0123456789ab-0000-0000001',
      ...(spec.in_seq === undefined ? {} : { in_seq: spec.in_seq }),
    },
  )
  return { seq, agent_id: agent, line: Buffer.from(line) }
}

/** Events `from` to `to`, both included. */
export function makeEvents(from: number, to: number, more: (seq: number) => Partial<EventSpec> = () => ({})) {
  return Array.from({ length: to - from + 1 }, (_, i) => makeEvent({ seq: from + i, ...more(from + i) }))
}
