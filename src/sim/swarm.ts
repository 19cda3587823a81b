// The swarm: agents that report a status, a task and plausible numbers, a few of them in trouble.

import { makeBodies } from './bodies.ts'
import { makeRandom, type Random, shuffled } from './random.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { steady } from './schedule.ts'
import { makeTrouble } from './trouble.ts'

/** `agent-00001`, counted from 1. */
export const toAgentId = (index: number): string => `agent-${String(index + 1).padStart(5, '0')}`

/** Should nearly all be silent, the agent asked last speaks all the same: the rate is held. */
const asked_max = 64

export function makeSwarm(options: ScenarioOptions): Scenario {
  const { agents, run, rate, seed } = options
  const ids = Array.from({ length: agents }, (_, index) => toAgentId(index))
  const random = makeRandom(seed)
  const pick = makePick(agents, random)
  const bodies = makeBodies({ ids, run, random, rate })
  const trouble = makeTrouble({ agents, seed, share: options.trouble ?? 0 })
  const numbers = new Uint32Array(agents)
  return {
    name: 'swarm',
    ids,
    dueAt: steady(rate),
    next(due_ms) {
      for (let asked = 1; ; asked++) {
        const agent = pick()
        const turn = trouble.turn(agent, due_ms)
        if (turn?.does === 'nothing' && asked < asked_max) continue
        const skips = turn?.does === 'work' ? turn.skips : 0
        const agentSeq = (numbers[agent] as number) + 1 + skips
        numbers[agent] = agentSeq
        const body =
          turn?.does === 'say' ? bodies.say(agent, agentSeq, turn.saying) : bodies.state(agent, agentSeq)
        return { agent, agent_seq: agentSeq, body, due_ms }
      }
    },
  }
}

/**
 * Which agent reports next. Half of the events go round the swarm, so that each agent is heard within two rounds;
 * the other half lean towards some agents, so that a swarm has busy and quiet ones.
 */
export function makePick(agents: number, random: Random): () => number {
  const order = shuffled(agents, random)
  let at = 0
  let round = true
  return () => {
    round = !round
    if (round) {
      const u = random.u32() / 0x1_0000_0000
      return order[Math.floor(u * u * agents)] as number
    }
    const agent = order[at] as number
    at = at + 1 === agents ? 0 : at + 1
    return agent
  }
}
