// The life of a well agent: it works on a task until that is done, rests, and takes the next one. Statuses last some
// events, so that a swarm without trouble is calm to look at.

import type { Random } from './random.ts'

/** Statuses with their weights at the start, as repeats; in the long run errors are rarer, since each is overcome. */
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
export type Status = (typeof statuses)[number]

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

export type Lives = {
  /** One event on. The arrays then hold how the agent is; `bits` are 32 random ones. */
  step(agent: number, bits: number): Status
  /** Index in `tasks`, by agent. */
  task: Uint8Array
  /** 0 to 100, by agent. */
  progress: Uint8Array
}

/** Ordinals of the statuses that lead to one another. */
const order = ['running', 'idle', 'completed', 'waiting', 'error', 'paused'] as const satisfies Status[]
const [running, idle, completed, waiting, error, paused] = [0, 1, 2, 3, 4, 5] as const

/** How many events a status lasts: `min`, and up to `spread` more (a power of two, less one). Work lasts until it is done. */
const spells = [
  { min: 0, spread: 0 },
  { min: 4, spread: 7 },
  { min: 1, spread: 1 },
  { min: 1, spread: 1 },
  { min: 1, spread: 0 },
  { min: 4, spread: 7 },
] as const

/** Of 256 events of work, so many are followed by a pause, by an error, by a wait. */
const pausedBelow = 4
const errorBelow = pausedBelow + 4
const waitingBelow = errorBelow + 14

/** `patient` agents never wait or fail: where an agent is seldom heard, one such event would last like a trouble. */
export function makeLives(agents: number, random: Random, patient: boolean): Lives {
  const task = Uint8Array.from({ length: agents }, () => random.below(tasks.length))
  const progress = Uint8Array.from({ length: agents }, () => random.below(100))
  const status = new Uint8Array(agents)
  /** Events that the status still lasts, this one too. */
  const left = new Uint8Array(agents)

  const enter = (agent: number, next: number, bits: number): void => {
    const { min, spread } = spells[next] as (typeof spells)[number]
    status[agent] = next
    left[agent] = min + (bits & spread)
  }
  for (let agent = 0; agent < agents; agent++) {
    const first = order.indexOf(statuses[random.below(statuses.length)] as Status)
    const calm = patient && (first === waiting || first === error) ? running : first
    enter(agent, calm, random.u32())
    if (calm === completed) progress[agent] = 100
  }

  const afterWork = (done: number, draw: number): number => {
    if (done === 100) return completed
    if (draw < pausedBelow) return paused
    if (patient || draw >= waitingBelow) return running
    return draw < errorBelow ? error : waiting
  }

  const next = (agent: number, bits: number): number => {
    switch (status[agent]) {
      case running: {
        const done = Math.min(100, (progress[agent] as number) + 1 + ((bits >>> 4) & 15))
        progress[agent] = done
        return afterWork(done, (bits >>> 8) & 255)
      }
      case completed:
        return idle
      case idle:
        task[agent] = (bits >>> 16) % tasks.length
        progress[agent] = 0
        return running
      default:
        return running
    }
  }

  return {
    task,
    progress,
    step(agent, bits) {
      if ((left[agent] as number) > 1) left[agent] = (left[agent] as number) - 1
      else enter(agent, next(agent, bits), bits)
      return order[status[agent] as number] as Status
    },
  }
}
