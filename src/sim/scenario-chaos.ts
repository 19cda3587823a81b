// Chaos: odd agent ids, numbers out of order, resends, huge events, and deliberate wrongs among the good events.

import { makeBodies } from './bodies.ts'
import { makeRandom } from './random.ts'
import type { Scenario, ScenarioOptions, SimEvent } from './scenario.ts'
import { steady } from './schedule.ts'
import { makePick, toAgentId } from './swarm.ts'
import { makeWrongs } from './wrong.ts'

/** Out of 1,000 events. The rest are plain. */
const shares = { wrong: 80, duplicate: 60, swap: 60, huge: 2 } as const
/** Bytes of padding in a huge event, within the limit of 256 KiB. */
const hugeBytes = 240 * 1024

export function makeChaos(options: ScenarioOptions): Scenario {
  const ids = Array.from({ length: options.agents }, (_, index) => toOddId(index))
  const random = makeRandom(options.seed)
  const pick = makePick(options.agents, random)
  const bodies = makeBodies({ ids, run: options.run, random, rate: options.rate })
  const wrongs = makeWrongs(toAgentId(0), options.run)
  const numbers = new Uint32Array(options.agents)
  /** A number that was passed over, to be sent next; 0 for none. */
  const passedOver = new Uint32Array(options.agents)
  const last = new Map<number, SimEvent>()
  let wrongCount = random.below(wrongs.length)

  const good = (agent: number, agentSeq: number, due_ms: number): SimEvent => {
    const event: SimEvent = { agent, agent_seq: agentSeq, body: bodies.state(agent, agentSeq), due_ms }
    if (random.below(1000) < shares.huge) {
      event.body = `${event.body.slice(0, -2)},"pad":"${'x'.repeat(hugeBytes)}"}}`
    }
    last.set(agent, event)
    return event
  }

  return {
    name: 'chaos',
    ids,
    dueAt: steady(options.rate),
    next(due_ms) {
      const agent = pick()
      const passed = passedOver[agent] as number
      if (passed > 0) {
        passedOver[agent] = 0
        return good(agent, passed, due_ms)
      }
      let draw = random.below(1000)
      draw -= shares.wrong
      if (draw < 0) {
        // In turn rather than at random, so that a short run meets every kind.
        const { event, ...wrong } = wrongs[wrongCount++ % wrongs.length] as (typeof wrongs)[number]
        return { agent, agent_seq: 0, body: event, due_ms, wrong }
      }
      draw -= shares.duplicate
      const before = last.get(agent)
      if (draw < 0 && before) return { ...before, due_ms, duplicate: true }
      const agentSeq = (numbers[agent] as number) + 1
      if (draw >= 0 && draw < shares.swap) {
        numbers[agent] = agentSeq + 1
        passedOver[agent] = agentSeq
        return good(agent, agentSeq + 1, due_ms)
      }
      numbers[agent] = agentSeq
      return good(agent, agentSeq, due_ms)
    },
  }
}

const odd: ((n: string) => string)[] = [
  (n) => `agent.${n}.dotted..id`,
  (n) => `agent ${n} with spaces`,
  (n) => `agent.*.${n}`,
  (n) => `agent.${n}.>`,
  (n) => `агент-${n}-🛰️`,
  (n) => `é${n}`.padEnd(255, 'x'), // é is two bytes: 256 bytes
  (n) => `"quoted\\${n}"`,
  (n) => `\u001b[31mred-${n}\u001b[0m`,
  (n) => `%2E${n}%`,
  (n) => `$JS.API.${n}`,
  (n) => `../../${n}`,
  (n) => `line\nbreak-${n}`,
]

/** Each second agent has an odd id, all within the contract: 1–256 bytes of UTF-8. */
function toOddId(index: number): string {
  if (index === 1) return '__proto__'
  if (index % 2 === 0) return toAgentId(index)
  const make = odd[((index - 3) / 2) % odd.length] as (n: string) => string
  return make(String(index + 1).padStart(5, '0'))
}
