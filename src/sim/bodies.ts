// The bodies of simulated agents, built by concatenation: at 50,000 events a second the generator shares two cores with
// everything that it loads.

import { makeLives, tasks } from './life.ts'
import type { Random } from './random.ts'

const models = ['claude-sonnet', 'claude-haiku', 'gpt-5', 'gemini-pro'] as const
export const roles = ['planner', 'coder', 'researcher', 'reviewer', 'tester', 'writer'] as const
export const teams = ['search', 'billing', 'mobile', 'data', 'infra'] as const

/** What an agent in trouble says. Without a task it stays at its own. */
export type Saying = { status: string; task?: string; message?: string; error?: string }

export type Bodies = {
  /** A status report of an agent that is well. */
  state(agent: number, agent_seq: number): string
  /** A status report with these words. */
  say(agent: number, agent_seq: number, saying: Saying): string
  /** An agent that comes or goes. */
  lifecycle(agent: number, agent_seq: number, status: string): string
}

export type BodiesOptions = {
  ids: string[]
  run: string
  random: Random
  /** Events per second of the whole swarm. */
  rate: number
}

/** An agent that is heard less often than this, in events per second, is patient: see `makeLives`. */
const patientRateMax = 0.4

export function makeBodies({ ids, run, random, rate }: BodiesOptions): Bodies {
  const heads = ids.map((id) => `{"agent_id":${JSON.stringify(id)},"status":"`)
  const middle = `,"run":${JSON.stringify(run)},"metadata":{"task":"`
  // Neighbours differ in their role, and each team has each role.
  const tails = teams.flatMap((team) => roles.map((role) => `,"role":"${role}","team":"${team}"}}`))
  const tailOf = (agent: number): string => tails[agent % tails.length] as string
  const lives = makeLives(ids.length, random, rate < ids.length * patientRateMax)
  const taskOf = (agent: number): string => tasks[lives.task[agent] as number] as string
  return {
    state(agent, agentSeq) {
      const bits = random.u32()
      const status = lives.step(agent, bits)
      const task = taskOf(agent)
      const progress = (lives.progress[agent] as number) / 100
      const rests = status === 'idle' || status === 'paused'
      return `${heads[agent] as string}${status}","agent_seq":${agentSeq}${middle}${task}","progress":${progress}${rests ? '' : toEffort(task, status, agent, bits)}${tailOf(agent)}`
    },
    say(agent, agentSeq, { status, task = taskOf(agent), message, error }) {
      const words =
        (message === undefined ? '' : `,"message":${JSON.stringify(message)}`) +
        (error === undefined ? '' : `,"error":${JSON.stringify(error)}`)
      return `${heads[agent] as string}${status}","agent_seq":${agentSeq}${middle}${task}"${words}${tailOf(agent)}`
    },
    lifecycle(agent, agentSeq, status) {
      return `${heads[agent] as string}${status}","kind":"lifecycle","agent_seq":${agentSeq}${middle}${taskOf(agent)}"${tailOf(agent)}`
    },
  }
}

/** What the event cost, and what went wrong. */
function toEffort(task: string, status: string, agent: number, bits: number): string {
  // The square leans to short times with a long tail, up to 4 s.
  const share = (bits >>> 11) & 0x3ff
  const latencyMs = 4 + ((share * share) >>> 8)
  const model =
    task === 'llm_call'
      ? `,"model":"${models[agent & 3] as string}","tokens":${64 + ((bits >>> 19) & 0xfff)}`
      : ''
  const error = status === 'error' ? ',"error":"timeout, trying again"' : ''
  return `,"latency_ms":${latencyMs}${model}${error}`
}
