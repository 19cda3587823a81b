// Makes claims as the beat moves on: each agent has its turns in a bar, spread over it, so that the door is asked evenly.

import type { Beat } from '../core/beat-tracker.ts'
import type { ClaimState } from '../core/status-claim.ts'
import { type ClaimSaying, isReview, makeWrongClaims, toClaimText } from './claim-bodies.ts'
import { type Cast, type CastList, makeCasts } from './claim-casts.ts'
import type { ClaimLedger } from './claim-ledger.ts'
import { makeRandom, type Random } from './random.ts'
import type { SimEvent } from './scenario.ts'

export type ClaimSourceOptions = {
  ids: readonly string[]
  seed: number
  /** Claims per agent and bar. */
  per_bar: number
  /** Among the good ones some that must be refused. */
  wrongs: boolean
  ledger: ClaimLedger
  /** The agents' clock at this moment, on the wire. */
  hlc(): string
}

export type ClaimSource = {
  /** The claims that are due by this beat, in their order. Times must not fall. */
  due(beat: Beat, now_ms: number): SimEvent[]
}

/** Turns end before the bar does, so that a slow answer is still one of this bar. */
const turnsShare = 0.9
/** One claim of so many is wrong, where there are wrongs. */
const wrongEach = 50

export function makeClaimSource(options: ClaimSourceOptions): ClaimSource {
  const { ids, seed, per_bar, ledger } = options
  const cast: CastList = makeCasts(ids.length, makeRandom(seed, 5))
  const turns = ids.length * per_bar
  let bar = { from_beat: -1, ordinal: -1, turn: 0, random: makeRandom(seed, 6) }
  /** Helpers that will have helped, the first one first. */
  let helping: { agent: number; task_id: string; at: number }[] = []
  let made = 0

  const claim = (agent: number, saying: ClaimSaying, beat: Beat, now_ms: number): SimEvent => {
    const number = ++made
    ledger.sent(
      number,
      agent,
      { beat_index: saying.beat_index, beats_per_bar: beat.beats_per_bar },
      {
        review: isReview(saying.state, saying.progress),
        help: saying.task_id?.startsWith(helpTask) ? saying.state : null,
      },
    )
    const body = toClaimText(ids[agent] as string, saying)
    return { agent, agent_seq: number, body, due_ms: now_ms }
  }

  const takeTurn = (turn: number, beat: Beat): { agent: number; saying: ClaimSaying } | undefined => {
    const place = turn % ids.length
    const agent = cast.order[place] as number
    const nth = Math.floor(turn / ids.length)
    const words = sayings[cast.castOf(place)]({ ...bar, agent, nth, per_bar, beat, ids })
    return words && { agent, saying: { beat_index: beat.beat_index, hlc: options.hlc(), ...words } }
  }

  return {
    due(beat, now_ms) {
      if (beat.from_beat !== bar.from_beat) {
        const ordinal = bar.ordinal + 1
        // Who joins in the middle of a bar takes the turns that are left of it.
        bar = { from_beat: beat.from_beat, ordinal, turn: 0, random: makeRandom(seed, 7 + ordinal) }
        if (ordinal === 0) bar.turn = turnsBy(beat, turns)
        helping = []
      }
      const events: SimEvent[] = []
      const by = turnsBy(beat, turns)
      for (; bar.turn < by; bar.turn++) {
        const taken = takeTurn(bar.turn, beat)
        if (!taken) continue
        events.push(claim(taken.agent, taken.saying, beat, now_ms))
        const { state, task_id, hlc } = taken.saying
        if (state === 'helping' && task_id && bar.random.below(3) > 0) {
          helping.push({ agent: taken.agent, task_id, at: helpedAt(beat) })
        }
        if (options.wrongs && made % wrongEach === 0) {
          const good = { beat_index: beat.beat_index, state: 'idle' as const, hlc }
          const wrongs = makeWrongClaims(ids[taken.agent] as string, good)
          const { wrong, text } = wrongs[bar.random.below(wrongs.length)] as (typeof wrongs)[number]
          events.push({ agent: taken.agent, agent_seq: 0, body: text, due_ms: now_ms, wrong })
        }
      }
      while (helping[0] && positionOf(beat) >= helping[0].at) {
        const { agent, task_id } = helping.shift() as (typeof helping)[number]
        const saying = {
          beat_index: beat.beat_index,
          state: 'completed' as const,
          hlc: options.hlc(),
          task_id,
        }
        events.push(claim(agent, { ...saying, progress: 1 }, beat, now_ms))
      }
      return events
    },
  }
}

const helpTask = 'help-'

const positionOf = ({ beat_index, progress }: Beat): number => beat_index + progress
const helpedAt = (beat: Beat): number => positionOf(beat) + beat.beats_per_bar / 3

/** How many of a bar's turns have come. */
function turnsBy(beat: Beat, turns: number): number {
  const share = (positionOf(beat) - beat.from_beat) / beat.beats_per_bar / turnsShare
  return Math.floor(Math.min(1, share) * turns)
}

type Turn = {
  agent: number
  /** Bars since the swarm began. */
  ordinal: number
  /** Which of its claims in this bar, from 0. */
  nth: number
  per_bar: number
  beat: Beat
  ids: readonly string[]
  random: Random
}

type Words = Omit<ClaimSaying, 'beat_index' | 'hlc'> & { beat_index?: number }

/** What each says in its turn; undefined: nothing. */
const sayings: Record<Cast, (turn: Turn) => Words | undefined> = {
  late(turn) {
    const beat_index = turn.beat.beat_index - turn.beat.beats_per_bar
    return turn.ordinal > 0 && beat_index >= 0 ? { ...work(turn), beat_index } : undefined
  },
  blocked: ({ agent, ids, ordinal }) => ({
    state: 'blocked',
    task_id: toTask(agent, 0),
    dependencies: [toTask((agent + 1) % ids.length, ordinal)],
    notes: 'waiting for what this depends on',
  }),
  failing: ({ agent, ordinal, random }) => ({
    state: 'failed',
    task_id: toTask(agent, ordinal),
    notes: random.below(2) ? 'tests fail: 3 of 118' : 'out of memory in the sandbox',
  }),
  helping: ({ agent, ordinal, nth }) =>
    nth > 0 ? undefined : { state: 'helping', task_id: `${helpTask}${agent}-${ordinal}` },
  silent: (turn) => (turn.ordinal % 3 === 2 ? undefined : work(turn)),
  working: work,
}

const toTask = (agent: number, n: number): string => `task-${agent}-${n}`

/** Most finish a task in each bar; the others take longer. */
function work({ agent, ordinal, nth, per_bar, random }: Turn): Words {
  const task_id = toTask(agent, ordinal)
  const draw = random.below(10)
  const last = nth === per_bar - 1
  if (last && draw < 7) return { state: 'completed', task_id, progress: 1, beats_left: 0 }
  if (last && draw < 8) return { state: 'reviewing', task_id, progress: 1, beats_left: 1 }
  const state: ClaimState = !last && nth === 0 ? 'planning' : 'executing'
  const progress = Math.round(((nth + 1) / (per_bar + 1)) * 100) / 100
  return { state, task_id, progress, beats_left: 1 + random.below(20), resources: toResources(random) }
}

const toResources = (random: Random): NonNullable<ClaimSaying['resources']> => ({
  cpu_percent: random.below(1_000) / 10,
  memory_mb: 50 + random.below(900),
})
