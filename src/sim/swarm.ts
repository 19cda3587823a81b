// The swarm: agents that report a status, a task and plausible numbers. Bodies are built by concatenation,
// since at 50,000 events a second the generator shares two cores with everything that it loads.

import { makeRandom, type Random, shuffled } from './random.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { steady } from './schedule.ts'

/** Statuses with their weights, as repeats. */
export const statuses = [
  'running',
  'running',
  'running',
  'idle',
  'idle',
  'completed',
  'waiting',
  'error',
  'paused',
] as const

export const tasks = [
  'data_fetch',
  'llm_call',
  'tool_use',
  'planning',
  'reflection',
  'memory_write',
  'memory_read',
  'web_search',
] as const

const models = ['claude-sonnet', 'claude-haiku', 'gpt-5', 'gemini-pro'] as const

/** `agent-00001`, counted from 1. */
export const toAgentId = (index: number): string => `agent-${String(index + 1).padStart(5, '0')}`

export function makeSwarm(options: ScenarioOptions): Scenario {
  const ids = Array.from({ length: options.agents }, (_, index) => toAgentId(index))
  const random = makeRandom(options.seed)
  const pick = makePick(options.agents, random)
  const bodies = makeBodies(ids, options.run, random)
  const numbers = new Uint32Array(options.agents)
  return {
    name: 'swarm',
    ids,
    dueAt: steady(options.rate),
    next(due_ms) {
      const agent = pick()
      const agentSeq = (numbers[agent] as number) + 1
      numbers[agent] = agentSeq
      return { agent, agent_seq: agentSeq, body: bodies.state(agent, agentSeq), due_ms }
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

export type Bodies = {
  /** A status report with its task. */
  state(agent: number, agent_seq: number): string
  /** An agent that comes or goes. */
  lifecycle(agent: number, agent_seq: number, status: string): string
}

/** Writes the bodies of agents; remembers each agent's task and progress. */
export function makeBodies(ids: string[], run: string, random: Random): Bodies {
  const heads = ids.map((id) => `{"agent_id":${JSON.stringify(id)},"status":"`)
  const runPart = `,"run":${JSON.stringify(run)},"metadata":{"task":"`
  const task = new Uint8Array(ids.length)
  const progress = new Uint8Array(ids.length)
  return {
    state(agent, agentSeq) {
      const bits = random.u32()
      const status = statuses[bits % statuses.length] as string
      if (progress[agent] === 0) task[agent] = (bits >>> 4) % tasks.length
      const done = Math.min(100, (progress[agent] as number) + 1 + ((bits >>> 7) & 15))
      progress[agent] = done === 100 ? 0 : done
      // The square leans to short times with a long tail, up to 4 s.
      const share = (bits >>> 11) & 0x3ff
      const latencyMs = 4 + ((share * share) >>> 8)
      const name = tasks[task[agent] as number] as string
      const llm =
        name === 'llm_call'
          ? `,"model":"${models[(bits >>> 21) & 3] as string}","tokens":${64 + ((bits >>> 19) & 0xfff)}`
          : ''
      const error = status === 'error' ? ',"error":"timeout"' : ''
      return `${heads[agent] as string}${status}","agent_seq":${agentSeq}${runPart}${name}","progress":${done / 100},"latency_ms":${latencyMs}${llm}${error}}}`
    },
    lifecycle(agent, agentSeq, status) {
      return `${heads[agent] as string}${status}","kind":"lifecycle","agent_seq":${agentSeq}${runPart}${tasks[task[agent] as number] as string}"}}`
    },
  }
}
