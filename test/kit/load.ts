// The simulator as a load in a test, and its ledger as the judge afterwards.

import { expect } from 'vitest'
import { peekAgentId, peekEventLine } from '../../src/core/event-line.ts'
import { ArchiveReader } from '../../src/daemon/archive/archive-reader.ts'
import { type Verdict, verifyArchive } from '../../src/daemon/archive/verify-archive.ts'
import type { Home } from '../../src/daemon/home.ts'
import { readLedger } from '../../src/sim/ledger-file.ts'
import { compareRun, type RunComparison } from '../../src/sim/oracle.ts'
import { runSim } from '../../src/sim/run-sim.ts'
import type { SimResult } from '../../src/sim/sim-result.ts'

export type Load = {
  /** Ends the schedule, and resolves when what was due is delivered. */
  finish(): Promise<SimResult>
  run: string
  ledgerDir: string
}

export type LoadOptions = {
  url: string
  ledgerDir: string
  run: string
  seed: number
  agents?: number
  rate?: number
  batch?: number
  duration_ms: number
  drain_ms?: number
}

/** Starts a load that goes on for `duration_ms`; a `finish` before it waits for the end. */
export function startLoad(options: LoadOptions): Load {
  const stop = new AbortController()
  const result = runSim({
    url: options.url,
    agents: options.agents ?? 200,
    rate: options.rate ?? 1_500,
    duration_ms: options.duration_ms,
    seed: options.seed,
    scenario: 'swarm',
    run: options.run,
    batch: options.batch ?? 20,
    connections: 16,
    ledgerDir: options.ledgerDir,
    signal: stop.signal,
    drain_ms: options.drain_ms ?? 30_000,
    timeout_ms: 5_000,
    clock: { monotonic_ms: () => performance.now(), wall_ms: () => Date.now() },
  })
  result.catch(() => undefined)
  return { finish: () => result, run: options.run, ledgerDir: options.ledgerDir }
}

/** What the ledger and the archive say of a run. The daemon must be stopped: LMDB allows one mode per process. */
export async function judge(
  home: Home,
  load: Pick<Load, 'run' | 'ledgerDir'>,
): Promise<RunComparison & { verdict: Verdict }> {
  const ledger = await readLedger(load.ledgerDir, load.run)
  const reader = new ArchiveReader(home.archive)
  function* events() {
    for (const { seq, line } of reader.scan()) {
      const peek = peekEventLine(line)
      if (peek?.run === load.run)
        yield { agent_id: peekAgentId(line) as string, agent_seq: peek.agent_seq, seq }
    }
  }
  const comparison = compareRun(ledger, events())
  await reader.close()
  return { ...comparison, verdict: await verifyArchive(home.archive) }
}

/** Nothing acknowledged is lost, doubled or out of order, and the archive proves itself. */
export function expectProved({ verdict, ...comparison }: Awaited<ReturnType<typeof judge>>): void {
  expect(comparison.findings).toEqual([])
  expect(verdict.findings).toEqual([])
  expect(comparison.acknowledged).toBeGreaterThan(0)
  expect(comparison.ok).toBe(true)
}
