import { expect, test } from 'vitest'
import { runCluster } from './run.ts'

/** `PULSE_SEED=123 npx vitest run test/core/pulse-cluster` runs that one alone. */
const one = process.env.PULSE_SEED
const seeds = one ? [Number(one)] : Array.from({ length: 200 }, (_, index) => index + 1)

test('whatever befalls nodes, clocks, links and the broker: one count for all, and beats within three beats of its end', {
  timeout: 60_000,
}, () => {
  let leaders = 0
  for (const seed of seeds) {
    const outcome = runCluster({ seed })
    leaders += outcome.leaders
    if (outcome.broken.length > 0) expect(outcome.broken, storyOf(seed)).toEqual([])
  }
  // The faults did reach the pulse.
  expect(leaders).toBeGreaterThan(2 * seeds.length)
})

test('a seed gives the same run again', () => {
  expect(storyOf(5)).toBe(storyOf(5))
})

function storyOf(seed: number): string {
  const lines = [`PULSE_SEED=${seed}`]
  runCluster({ seed, log: (text) => lines.push(text) })
  return lines.join('\n')
}
