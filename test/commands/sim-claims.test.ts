// `beacon sim --claims` as a user runs it: a swarm that keeps time, and reports that agree with what was acknowledged.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon } from '../kit/run-beacon.ts'

let daemon: TestDaemon
let home: string

beforeAll(async () => {
  // Bars of two seconds.
  daemon = await startTestDaemon({ config: { beats_per_bar: 4 } })
  home = daemon.home.root
})
afterAll(() => daemon?.dispose())

const sim = (args: string) => beacon(`sim --agents 60 --rate 120 --duration 7s --seed 9 -q ${args}`, { home })

test('every report of a bar that was seen whole agrees with the ledger', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await sim('--claims -o json')
  expect(code, stdout + stderr).toBe(0)
  const { claims } = JSON.parse(stdout)
  expect(claims).toMatchObject({ per_bar: 1, complete: true, unresolved: 0, rejected_unexpected: 0 })
  expect(claims.bars).toEqual({ bars: claims.bars.agree, agree: expect.any(Number), differences: [] })
  expect(claims.bars.bars).toBeGreaterThan(0)
})

test('in chaos the wrong claims are refused, and the reports agree all the same', {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await sim('--scenario chaos --claims-per-bar 4')
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toMatch(
    /^claims +[\d,]+ acknowledged, \d+ too late, [1-9]\d* refused as expected, 0 unexpectedly/m,
  )
  expect(stdout).toMatch(/^bars +(\d+) of \1 reports agree$/m)
})

test('a door that answers stands in for one that does not', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await sim(`--claims --url http://127.0.0.1:9,${daemon.url()}`)
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toMatch(/^bars +(\d+) of \1 reports agree$/m)
  const none = await sim('--claims --url http://127.0.0.1:9,http://127.0.0.1:9')
  expect(none.code).toBe(4)
})
