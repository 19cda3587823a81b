import { expect, test } from 'vitest'
import { runCluster } from './run.ts'

/** `PULSE_SEED=123 npx vitest run test/core/pulse-cluster` tells the story of one run. */
const one = process.env.PULSE_SEED

test.runIf(one === undefined)(
  'whatever happens to nodes, clocks, links and the broker: one count for all, and beats within three beats of its end',
  { timeout: 60_000 },
  () => {
    const first = 1
    const runs = 300
    const broken: string[] = []
    let takeovers = 0
    for (let seed = first; seed < first + runs; seed++) {
      const outcome = runCluster({ seed })
      takeovers += outcome.leaders
      for (const text of outcome.broken) broken.push(`PULSE_SEED=${seed} ${text}`)
    }
    expect(broken).toEqual([])
    // The faults did reach the pulse.
    expect(takeovers).toBeGreaterThan(2 * runs)
  },
)

test('a seed gives the same run again', () => {
  const tell = (): string[] => {
    const told: string[] = []
    runCluster({ seed: 5, log: (text) => told.push(text) })
    return told
  }
  expect(tell()).toEqual(tell())
})

test.runIf(one !== undefined)(`the run of seed ${one} breaks no rule`, () => {
  const lines: string[] = []
  const { broken } = runCluster({ seed: Number(one), log: (text) => lines.push(text) })
  expect(broken, lines.join('\n')).toEqual([])
})
