// Who claims how: most agents work and say so each bar, a few are late, blocked, failing, helping or now and then silent.

import { type Random, shuffled } from './random.ts'

export const casts = ['late', 'blocked', 'failing', 'helping', 'silent', 'working'] as const
export type Cast = (typeof casts)[number]

/** Shares of the swarm, in the order in which agents have their turn in a bar: late claims come early in the next one. */
const shares: readonly [Cast, number][] = [
  ['late', 0.01],
  ['blocked', 0.01],
  ['failing', 0.01],
  ['helping', 0.03],
  ['silent', 0.01],
]
/** A swarm of so many has one of each at least. */
const everyCastFrom = 20

export type CastList = {
  /** Agents by their turn. */
  order: Uint32Array
  /** By turn. */
  castOf(turn: number): Cast
}

export function makeCasts(agents: number, random: Random): CastList {
  const ends: [Cast, number][] = []
  let end = 0
  for (const [cast, share] of shares) {
    end += Math.max(agents >= everyCastFrom ? 1 : 0, Math.round(agents * share))
    ends.push([cast, end])
  }
  return {
    order: shuffled(agents, random),
    castOf: (turn) => ends.find(([, before]) => turn < before)?.[0] ?? 'working',
  }
}
