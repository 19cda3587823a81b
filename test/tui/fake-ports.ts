// The screen's data from the test: frames come when the test says so, questions are kept until it answers them.

import type { ViewHandlers } from '../../src/client/view-client.ts'
import type { StoredBar } from '../../src/core/bar-report.ts'
import type { Beat } from '../../src/core/beat-tracker.ts'
import type { FleetAt, FleetAtRequest } from '../../src/core/history.ts'
import type { FleetFrame, FleetQuery } from '../../src/core/view.ts'
import type { Memory } from '../../src/tui/model.ts'
import type { TopPorts } from '../../src/tui/ports.ts'
import { makeFrame, makeStatus, row, start_ms } from './frames.ts'

export type FakePorts = TopPorts & {
  handlers: ViewHandlers
  /** Every query of the live view, the newest last. */
  queries: Partial<FleetQuery>[]
  /** Moments asked for and not answered yet. */
  moments: { request: FleetAtRequest; answer(fleet: FleetAt): void; refuse(error: unknown): void }[]
  remembered: Memory[]
  /** The present beat, and what says that a frame came. */
  beat: Beat | undefined
  onFrame: () => void
  onBar: (bar: StoredBar) => void
  closed: boolean
  send(frame: FleetFrame): void
}

export function makeFakePorts(): FakePorts {
  const ports: FakePorts = {
    handlers: { frame: () => undefined, state: () => undefined },
    queries: [],
    moments: [],
    remembered: [],
    beat: undefined,
    onFrame: () => undefined,
    onBar: () => undefined,
    closed: false,
    send: (frame) => void ports.handlers.frame(frame),
    openView(query, handlers) {
      ports.handlers = handlers
      ports.queries.push(query)
      return { update: (next) => ports.queries.push(next), close: () => (ports.closed = true) }
    },
    fetchFleetAt: (request) =>
      new Promise((answer, refuse) => {
        ports.moments.push({ request, answer, refuse })
      }),
    fetchAgent: () => new Promise(() => undefined),
    fetchAgentAt: () => new Promise(() => undefined),
    fetchEvents: () => new Promise(() => undefined),
    fetchRange: async ({ since_ms = 0, until_ms = 0, buckets = 1 }) => ({
      schema: 'beacon.range.v1',
      first_seq: 1,
      last_seq: 100,
      oldest_ms: 0,
      newest_ms: start_ms,
      from_ms: since_ms,
      to_ms: until_ms,
      buckets: Array.from({ length: buckets }, (_, i) => i),
    }),
    requestStatus: async () => makeStatus(),
    openBeat(onFrame) {
      ports.onFrame = onFrame
      return { now: () => ports.beat, close: () => undefined }
    },
    fetchPulse: () => new Promise(() => undefined),
    fetchBars: async () => ({ schema: 'beacon.bars.v1', bars: [], more: false, searched_seq: null }),
    watchBars(onBar) {
      ports.onBar = onBar
      return () => undefined
    },
    fetchCommands: async () => ({ schema: 'beacon.commands.v1', commands: [], open: 0 }),
    fetchCommand: () => new Promise(() => undefined),
    requestCommand: () => new Promise(() => undefined),
    watchOrders: () => () => undefined,
    remember: (memory) => void ports.remembered.push(memory),
  }
  return ports
}

/** The fleet at a moment, with these agents. */
export function makeFleetAt(at_ms: number, seq: number, agents: string[]): FleetAt {
  const body = makeFrame(
    agents.map((agent) => row(agent)),
    { seq, at_ms },
  )
  return { schema: 'beacon.fleet_at.v1', at_ms, seq, body }
}
