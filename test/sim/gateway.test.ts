// The simulator against a real gateway on a real broker: every good event is stored once and in order, every wrong refused.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSeen, observe } from '../../src/core/seen.ts'
import { readLedger } from '../../src/sim/ledger-file.ts'
import { compareRun } from '../../src/sim/oracle.ts'
import { runSim, type SimOptions } from '../../src/sim/run-sim.ts'
import type { SimResult } from '../../src/sim/sim-result.ts'
import {
  type Broker,
  type Running,
  readEvents,
  startBroker,
  startGateway,
} from '../daemon/gateway/running-gateway.ts'

let dir: string
let broker: Broker
let gateway: Running

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'beacon-sim-'))
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
})
afterAll(async () => {
  await gateway.stop()
  await broker.stop()
  await rm(dir, { recursive: true, force: true })
})

const run = (options: Pick<SimOptions, 'scenario' | 'run'> & Partial<SimOptions>): Promise<SimResult> =>
  runSim({
    url: gateway.url,
    agents: 50,
    rate: 1_000,
    duration_ms: 800,
    seed: 11,
    batch: 20,
    connections: 16,
    ledgerDir: dir,
    signal: new AbortController().signal,
    clock: { monotonic_ms: () => performance.now(), wall_ms: () => Date.now() },
    ...options,
  })

/** What the archive will hold of a run: the stream without its duplicates. */
async function archiveOf(name: string) {
  const seen = makeSeen()
  const events = await readEvents(broker)
  return events.filter((event) => event.run === name && observe(seen, event) !== 'duplicate')
}

describe('a real gateway', () => {
  for (const scenario of ['swarm', 'storm', 'flap', 'chaos'] as const) {
    test(scenario, async () => {
      const result = await run({ scenario, run: scenario })
      expect(result.notes).toEqual([])
      expect(result).toMatchObject({ complete: true, sent: result.scheduled })
      const comparison = compareRun(await readLedger(dir, scenario), await archiveOf(scenario))
      expect(comparison).toMatchObject({
        ok: true,
        acknowledged: result.acknowledged,
        archived: result.acknowledged,
      })
    })
  }

  test('one event per request, and the gateway restarts meanwhile', async () => {
    let restarted: Promise<void> | undefined
    const http = gateway.url.slice('http://'.length)
    const result = await run({
      scenario: 'chaos',
      run: 'restart',
      batch: 1,
      rate: 300,
      duration_ms: 2_500,
      onProgress: () => {
        restarted ??= gateway.stop().then(async () => {
          gateway = await startGateway(broker.nats.url, { http })
        })
      },
    })
    await restarted
    expect(restarted).toBeDefined()
    expect(result.notes.filter((note) => note.what !== 'sent again')).toEqual([])
    expect(result).toMatchObject({ complete: true })
    const comparison = compareRun(await readLedger(dir, 'restart'), await archiveOf('restart'))
    expect(comparison).toMatchObject({
      ok: true,
      acknowledged: result.acknowledged,
      archived: result.acknowledged,
    })
  })
})
