// An aggregator without NATS: a real fold of a seeded swarm's events, and its views, moment by moment.

import { fold, makeFleet } from '../core/fleet.ts'
import type { FleetEvent } from '../core/fleet-event.ts'
import { type ViewMessage, viewLimits } from '../core/view.ts'
import { parseFleetQuery } from '../core/view-query.ts'
import { type Moment, makeLivePicture, tickPicture } from '../daemon/aggregator/live-picture.ts'
import { confirmFrame, makeViews, openView, tickViews, updateView } from '../daemon/aggregator/views.ts'
import { makeScenario } from '../sim/make-scenario.ts'

export type BenchFeed = {
  /** Asks for these frames from now on. */
  want(query: unknown): void
  confirm(frame: number): void
  /** One tick on, with so many events of the swarm. */
  tick(events: number): void
  /** Silence until every agent is judged for it and no rate falls any more, and then for so long. */
  fallSilent(ms: number): void
}

const view = 'bench'
/** Longer than any patience with an agent. */
const judged_ms = 600_000
const step_ms = 1_000

export function makeBenchFeed(agents: number, send: (message: ViewMessage) => void): BenchFeed {
  const fleet = makeFleet(agents)
  const scenario = makeScenario('swarm', { agents, rate: agents, seed: 1, run: 'bench', trouble: 0.01 })
  const start_ms = Date.now()
  let elapsed_ms = 0
  let made = 0
  const live = makeLivePicture(fleet)
  // Frames are not to be left out for want of time: the bench waits for each of them.
  const views = makeViews(live, () => 0)
  const fill = (events: number): void => {
    for (let n = 0; n < events; n++) {
      const { agent, body } = scenario.next(scenario.dueAt(made++))
      fold(fleet, toFleetEvent(body, made, scenario.ids[agent] as string, start_ms + elapsed_ms))
    }
  }
  // Each agent is heard within two rounds of events.
  fill(agents * 2)
  const momentAt = (): Moment => ({
    monotonic_ms: elapsed_ms,
    wall_ms: start_ms + elapsed_ms,
    lag: { events: 0, ms: 0 },
    cut_off: false,
    deaf: false,
  })
  return {
    want(input) {
      const query = parseFleetQuery(input)
      if (!query.ok) throw new Error(`the screen asks for what no aggregator gives: ${query.error}`)
      if (!updateView(views, view, query.value)) openView(views, view, '', query.value, elapsed_ms)
    },
    confirm: (frame) => confirmFrame(views, view, frame),
    tick(events) {
      elapsed_ms += viewLimits.interval_ms
      fill(events)
      tickViews(views, momentAt(), (_, message) => send(message))
    },
    fallSilent(ms) {
      // In steps: a leap would be taken for a stall of the aggregator's own, which it holds against nobody.
      for (const end_ms = elapsed_ms + judged_ms; elapsed_ms < end_ms; elapsed_ms += step_ms) {
        tickPicture(live, momentAt(), false)
      }
      elapsed_ms += ms
    },
  }
}

const metadataKey = '"metadata":'

function toFleetEvent(body: string, seq: number, agentId: string, received_at_ms: number): FleetEvent {
  const { status, agent_seq, run, metadata } = JSON.parse(body) as {
    status: string
    agent_seq: number
    run: string
    metadata: { task: string }
  }
  return {
    seq,
    agent_id: agentId,
    kind: 'state',
    status,
    received_at_ms,
    agent_seq,
    run,
    task: metadata.task,
    metadata: body.slice(body.indexOf(metadataKey) + metadataKey.length, -1),
  }
}
