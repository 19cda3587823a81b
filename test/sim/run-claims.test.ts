// The claims of a run, against a small Beacon that keeps the contract, and against its faults.

import { afterEach, describe, expect, test } from 'vitest'
import type { Schedule } from '../../src/core/beat.ts'
import { type ClaimOptions, type ClaimsResult, runClaims } from '../../src/sim/run-claims.ts'
import { toAgentId } from '../../src/sim/swarm.ts'
import { eventually } from '../kit/supervised-home.ts'
import {
  type ClaimFault,
  type ClaimServer,
  type ClaimServerOptions,
  startClaimServer,
} from './claim-server.ts'

const beats_per_bar = 10
const servers: ClaimServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

/** Bars of 0.6 seconds. */
const schedule = (): Schedule => ({ beat: 0, at_ms: Date.now(), bpm: 1_000 })

async function start(options: Partial<ClaimServerOptions> = {}): Promise<ClaimServer> {
  const server = await startClaimServer({ schedule: schedule(), beats_per_bar, ...options })
  servers.push(server)
  return server
}

/** Claims until the server holds some of so many bars. */
async function run(
  urls: string[],
  bars = 4,
  over: Partial<ClaimOptions> = {},
  signal = new AbortController().signal,
): Promise<ClaimsResult> {
  const claims = runClaims({
    urls,
    ids: Array.from({ length: 100 }, (_, i) => toAgentId(i)),
    seed: 3,
    per_bar: 1,
    wrongs: false,
    timeout_ms: 2_000,
    clock: { monotonic_ms: () => performance.now(), wall_ms: () => Date.now() },
    ...over,
  })
  await eventually('enough bars', () => {
    const seen = new Set(
      servers.flatMap(({ stored }) => stored.map(({ beat_index }) => Math.floor(beat_index / beats_per_bar))),
    )
    return seen.size >= bars
  })
  return await claims.finish(signal)
}

describe('claims against the contract', () => {
  test('all are acknowledged, and every report agrees', async () => {
    const server = await start()
    const result = await run([server.url])
    expect(result).toMatchObject({ complete: true, unresolved: 0, rejected_unexpected: 0, too_late: 0 })
    expect(result.acknowledged).toBe(server.stored.length)
    expect(result.bars?.differences).toEqual([])
    expect(result.bars?.bars).toBeGreaterThan(0)
  })

  test('wrong claims are refused, each as expected', async () => {
    const server = await start()
    const result = await run([server.url], 4, { wrongs: true, per_bar: 3 })
    expect(result.rejected_expected).toBeGreaterThan(0)
    expect(result).toMatchObject({ complete: true, wrongly_answered: 0, rejected_unexpected: 0 })
  })
})

describe('faults', () => {
  const faults: ClaimFault[] = ['lose', 'refuse', 'cut']
  test.each(faults)(
    '%s: claims are sent again until they are acknowledged, and the reports still agree',
    async (kind) => {
      const server = await start({ fault: (request) => (request % 3 === 1 ? kind : 'none') })
      const result = await run([server.url], 5)
      expect(result.retried).toBeGreaterThan(0)
      expect(result).toMatchObject({ complete: true, unresolved: 0 })
      expect(result.bars?.differences).toEqual([])
    },
  )

  test('a door that dies is left for the other one', async () => {
    const common = { schedule: schedule(), stored: [] }
    const first = await start({ ...common, fault: (request) => (request > 5 ? 'cut' : 'none') })
    const second = await start(common)
    const result = await run([first.url, second.url], 5)
    expect(second.requests).toBeGreaterThan(0)
    expect(result).toMatchObject({ complete: true, unresolved: 0 })
    expect(result.bars?.differences).toEqual([])
  })

  test('a door that is away for longer than a bar: what became too late is counted, and is nobody’s mistake', async () => {
    let away = true
    const server = await start({ fault: () => (away ? 'refuse' : 'none') })
    setTimeout(() => {
      away = false
    }, 2_500)
    const result = await run([server.url], 4)
    expect(result.too_late).toBeGreaterThan(0)
    expect(result).toMatchObject({ complete: true, rejected_unexpected: 0 })
  })
})

describe('findings', () => {
  test.each([
    ['one agent too few', { agents_reporting: -1 }],
    ['one agent too many', { agents_reporting: 1 }],
    ['a promise too many', { help_promises_fulfilled: 1 }],
  ])('a report with %s is a difference', async (_, off) => {
    const server = await start({
      report: (bar) => {
        const [[field, by]] = Object.entries(off) as [['agents_reporting', number]]
        return { ...bar, [field]: bar[field] + by }
      },
    })
    // Interrupted, so that it does not wait for a revision.
    const stop = new AbortController()
    stop.abort()
    const result = await run([server.url], 5, {}, stop.signal)
    expect(result.complete).toBe(false)
    expect(result.bars?.differences.length).toBeGreaterThan(0)
    expect(result.bars?.differences[0]?.message).toMatch(new RegExp(`^${Object.keys(off)[0]} is `))
  })

  test('claims without an answer make the run incomplete', async () => {
    const server = await start({ fault: () => 'lose' })
    const result = await run([server.url], 1)
    expect(result.complete).toBe(false)
    expect(result.unresolved).toBeGreaterThan(0)
    expect(result.acknowledged).toBe(0)
  })
})
