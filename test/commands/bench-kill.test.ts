// The instruments of `beacon bench kill`. What they measure is no matter of a test.

import { expect, test } from 'vitest'
import { type KillBench, toKillRows } from '../../src/commands/bench-kill.ts'

const good: KillBench = {
  runs: 200,
  single_ms: { p50: 30, p99: 250, max: 400 },
  together: 1_000,
  together_ms: { p50: 900, p99: 2_000, max: 2_100 },
}

test('one kill has a budget, a thousand at once are told as they are', () => {
  expect(toKillRows(good).map(({ measured, met }) => [measured, met])).toEqual([
    [250, true],
    [30, null],
    [900, null],
    [2_100, null],
  ])
})

test('a kill that takes too long at 99 of 100 does not meet its budget', () => {
  const slow = { ...good, single_ms: { ...good.single_ms, p99: 250.1 } }
  expect(toKillRows(slow)[0]).toMatchObject({ met: false, budget: '≤ 250 ms' })
})
