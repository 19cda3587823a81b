// Agents in trouble: a small share of the swarm, each with a story of what goes wrong and when, all from the seed.

import type { Saying } from './bodies.ts'
import { makeRandom, type Random, shuffled } from './random.ts'

/** In this order, so that even a few troubled agents are of several kinds. */
export const troubleKinds = ['crash', 'waiting', 'erroring', 'hang', 'finished', 'gaps'] as const
export type TroubleKind = (typeof troubleKinds)[number]

/** What an agent does when its turn comes. `skips` numbers are never sent. */
export type Turn = { does: 'work'; skips: number } | { does: 'nothing' } | { does: 'say'; saying: Saying }

export type Trouble = {
  /** The troubled agents and what is wrong with each. */
  kinds: ReadonlyMap<number, TroubleKind>
  /** The agent's turn; undefined for one that is well. Times must not fall. */
  turn(agent: number, due_ms: number): Turn | undefined
}

export type TroubleOptions = {
  agents: number
  seed: number
  /** Of the agents, 0 to 1. */
  share: number
}

/** A large swarm that has trouble at all has some of it to see. */
const least = { agents: 100, troubled: 3 } as const

export function countTroubled(agents: number, share: number): number {
  const wanted = Math.round(agents * share)
  return share > 0 && agents >= least.agents ? Math.max(least.troubled, wanted) : wanted
}

export function makeTrouble({ agents, seed, share }: TroubleOptions): Trouble {
  const random = makeRandom(seed, 3)
  const kinds = new Map<number, TroubleKind>()
  const plots = new Map<number, { begins_ms: number; story: Story }>()
  const isTroubled = new Uint8Array(agents)
  const count = countTroubled(agents, share)
  for (const agent of count > 0 ? shuffled(agents, random).subarray(0, count) : []) {
    const nth = kinds.size
    const kind = troubleKinds[nth % troubleKinds.length] as TroubleKind
    kinds.set(agent, kind)
    isTroubled[agent] = 1
    plots.set(agent, { begins_ms: beginOf(nth, random), story: stories[kind](makeRandom(seed, 4 + agent)) })
  }
  return {
    kinds,
    turn(agent, due_ms) {
      const plot = isTroubled[agent] ? plots.get(agent) : undefined
      if (!plot || due_ms < plot.begins_ms) return undefined
      return plot.story.next(due_ms).value
    },
  }
}

/** The first of each kind early on; of the others three in four within the first minute, the rest within ten. */
function beginOf(nth: number, random: Random): number {
  if (nth < troubleKinds.length) return 4_000 + nth * 4_000
  return nth % 4 === 3 ? 60_000 + random.below(540_000) : 4_000 + random.below(56_000)
}

/** Yields turn after turn, and is given the due time of each next one, in milliseconds. Never ends. */
type Story = Generator<Turn, never, number>

const silent: Turn = { does: 'nothing' }
const work: Turn = { does: 'work', skips: 0 }
const say = (saying: Saying): Turn => ({ does: 'say', saying })

const causes = [
  'upstream 503',
  'context window exceeded: 203,118 of 200,000 tokens',
  'tool schema mismatch: search.query must be a string',
  'rate limited by the model provider',
  'out of memory in the sandbox',
  'connection reset by the vector store',
] as const

const questions = [
  'may I delete 14 files in build/?',
  'two tests contradict each other: which one is right?',
  'may I push to the branch release/2.4?',
  'the migration locks the table for a minute: go on?',
  'this needs a key for the payment sandbox: may I ask for one?',
] as const

const results = [
  'done: 14 files changed, all tests pass',
  'done: the report is in reports/q3.md',
  'done: 3 of 3 findings confirmed',
] as const

const pick = <T>(from: readonly T[], random: Random): T => from[random.below(from.length)] as T

const stories: Record<TroubleKind, (random: Random) => Story> = {
  *crash(random) {
    const cause = pick(causes, random)
    const attempts = 3 + random.below(3)
    for (let n = 1; n <= attempts; n++) {
      yield say({ status: 'error', error: `${cause} (attempt ${n} of ${attempts})` })
    }
    for (;;) yield silent
  },

  *hang() {
    yield say({ status: 'running', task: 'web_search', message: 'reading result 7 of 10' })
    for (;;) yield silent
  },

  *waiting(random) {
    for (;;) {
      const answered = random.below(2) === 0
      let now_ms = yield say({ status: 'waiting', message: pick(questions, random) })
      const until_ms = now_ms + 45_000 + random.below(90_000)
      while (!answered || now_ms < until_ms) now_ms = yield silent
      now_ms = yield say({ status: 'running', message: 'thank you, going on' })
      const again_ms = now_ms + 120_000 + random.below(240_000)
      while (now_ms < again_ms) now_ms = yield work
    }
  },

  *erroring(random) {
    const cause = pick(causes, random)
    for (;;) {
      let now_ms = yield say({ status: 'error', error: cause })
      const until_ms = now_ms + 40_000 + random.below(40_000)
      while (now_ms < until_ms) now_ms = yield say({ status: 'error', error: cause })
      for (let n = 0; n < 4; n++) yield work
    }
  },

  *finished(random) {
    yield say({ status: 'completed', message: pick(results, random) })
    for (;;) yield silent
  },

  *gaps(random) {
    for (;;) {
      yield { does: 'work', skips: 1 + random.below(9) }
      for (let n = 10 + random.below(30); n > 0; n--) yield work
    }
  },
}
