// Flap: agents come and go. Some say goodbye, some fall silent; each greets when it comes back.

import { makeBodies } from './bodies.ts'
import { makeRandom } from './random.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { steady } from './schedule.ts'
import { makePick, toAgentId } from './swarm.ts'

/** An agent's round: at least this long, and up to twice as long; this share of it in silence. */
export const flap = { round_ms_min: 10_000, silent_share: 0.3 } as const

export function makeFlap(options: ScenarioOptions): Scenario {
  const ids = Array.from({ length: options.agents }, (_, index) => toAgentId(index))
  const random = makeRandom(options.seed)
  const pick = makePick(options.agents, random)
  const bodies = makeBodies({ ids, run: options.run, random, rate: options.rate })
  const numbers = new Uint32Array(options.agents)
  const wasUp = new Uint8Array(options.agents)
  const rounds = makeRandom(options.seed, 1)
  const roundMs = Float64Array.from(ids, () => flap.round_ms_min + rounds.below(flap.round_ms_min))
  const offsetMs = Float64Array.from(ids, (_, agent) => rounds.below(roundMs[agent] as number))
  const saysGoodbye = Uint8Array.from(ids, () => rounds.below(2))
  const isUp = (agent: number, at_ms: number): boolean => {
    const round = roundMs[agent] as number
    return (at_ms + (offsetMs[agent] as number)) % round >= round * flap.silent_share
  }
  const number = (agent: number): number => {
    numbers[agent] = (numbers[agent] as number) + 1
    return numbers[agent]
  }
  return {
    name: 'flap',
    ids,
    dueAt: steady(options.rate),
    next(due_ms) {
      // An agent in silence has nothing to send: ask others. Should all be silent, the last one asked comes back early.
      for (let tries = 0; ; tries++) {
        const agent = pick()
        const up = isUp(agent, due_ms) || tries >= 64
        if (!up && (wasUp[agent] === 0 || saysGoodbye[agent] === 0)) {
          wasUp[agent] = 0
          continue
        }
        const changed = up !== (wasUp[agent] === 1)
        wasUp[agent] = up ? 1 : 0
        const agentSeq = number(agent)
        const body = changed
          ? bodies.lifecycle(agent, agentSeq, up ? 'started' : 'stopped')
          : bodies.state(agent, agentSeq)
        return { agent, agent_seq: agentSeq, body, due_ms }
      }
    },
  }
}
