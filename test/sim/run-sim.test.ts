// The simulator against a server that keeps the contract, and against its faults.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLedger } from '../../src/sim/ledger-file.ts'
import { compareRun } from '../../src/sim/oracle.ts'
import { runSim, type SimOptions } from '../../src/sim/run-sim.ts'
import type { SimResult } from '../../src/sim/sim-result.ts'
import { type ContractServer, type Fault, findWrong, startContractServer } from './contract-server.ts'

let dir: string
const servers: ContractServer[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'beacon-sim-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await rm(dir, { recursive: true, force: true })
})

async function serve(
  fault?: (request: number) => Fault,
  accept?: (event: Record<string, unknown>) => string | undefined,
): Promise<ContractServer> {
  const server = await startContractServer(fault, accept)
  servers.push(server)
  return server
}

const run = (url: string, options: Partial<SimOptions> = {}): Promise<SimResult> =>
  runSim({
    url,
    agents: 20,
    rate: 2_000,
    duration_ms: 300,
    seed: 7,
    scenario: 'swarm',
    run: 'test',
    batch: 10,
    connections: 8,
    ledgerDir: dir,
    signal: new AbortController().signal,
    clock: { monotonic_ms: () => performance.now(), wall_ms: () => Date.now() },
    ...options,
  })

const compare = async (server: ContractServer) =>
  compareRun(
    await readLedger(dir, 'test'),
    server.stored.filter((event) => event.run === 'test'),
  )

describe('a server that keeps the contract', () => {
  for (const scenario of ['swarm', 'storm', 'flap', 'chaos'] as const) {
    test(`${scenario}: all is answered as it should be, and stored in order`, async () => {
      const server = await serve()
      const result = await run(server.url, { scenario })
      expect(result.notes).toEqual([])
      expect(result).toMatchObject({ complete: true, unresolved: 0, unsent: 0, sent: result.scheduled })
      expect(await compare(server)).toMatchObject({ ok: true, acknowledged: result.acknowledged })
      expect(server.stored.length).toBe(result.acknowledged)
    })
  }

  test('one event per request with batch 1, as a single object', async () => {
    const server = await serve()
    const result = await run(server.url, { batch: 1, rate: 500 })
    expect(result.requests).toBe(result.sent)
    expect(server.bodies.every((body) => body.startsWith('{'))).toBe(true)
    expect(await compare(server)).toMatchObject({ ok: true, archived: result.scheduled })
  })

  test('the same seed sends the same events', async () => {
    const bodies: string[][] = []
    for (let i = 0; i < 2; i++) {
      const server = await serve()
      await run(server.url, { batch: 1, connections: 1, scenario: 'flap', rate: 500 })
      bodies.push(server.bodies)
    }
    expect(bodies[0]).toEqual(bodies[1])
    expect(bodies[0]?.length).toBe(150)
  })
})

describe('faults: what was acknowledged is stored once and in order, and in the end all is', () => {
  const faults: [string, (request: number) => Fault][] = [
    ['503 now and then', (n) => (n % 3 === 0 ? 'refuse' : 'none')],
    ['connections cut before the request is read', (n) => (n % 3 === 0 ? 'cut' : 'none')],
    ['stored, but the answer is lost', (n) => (n % 3 === 0 ? 'lose' : 'none')],
    ['stored, but answered 503', (n) => (n % 3 === 0 ? 'unknown' : 'none')],
    ['slow answers', (n) => (n % 5 === 0 ? 50 : 'none')],
  ]
  for (const [name, fault] of faults) {
    for (const scenario of ['swarm', 'chaos'] as const) {
      test(`${name} (${scenario})`, async () => {
        const server = await serve(fault)
        const result = await run(server.url, { scenario })
        expect(result).toMatchObject({ complete: true, unresolved: 0, unsent: 0 })
        expect(await compare(server)).toMatchObject({ ok: true, acknowledged: result.acknowledged })
        expect(server.stored.length).toBe(result.acknowledged)
      })
    }
  }

  for (const kind of ['half', 'vague'] as const) {
    test(`${kind} stored: only the rest is sent again, and its place is left open`, async () => {
      const server = await serve((n) => (n % 2 === 0 ? kind : 'none'))
      const result = await run(server.url, { agents: 2 })
      expect(result.overtaken).toBeGreaterThan(0)
      expect(result.retried).toBeGreaterThan(0)
      expect(result).toMatchObject({ complete: true, acknowledged: result.scheduled })
      expect(await compare(server)).toMatchObject({ ok: true, archived: result.scheduled })
    })
  }

  test('a server that is away to the end: nothing is acknowledged, all is unresolved or unsent', async () => {
    const server = await serve()
    await server.stop()
    servers.pop()
    const result = await run(server.url, { drain_ms: 100 })
    expect(result).toMatchObject({ complete: false, acknowledged: 0 })
    expect(result.unresolved + result.unsent).toBe(result.scheduled)
    expect(result.notes).toMatchObject([{ what: 'sent again', detail: 'ECONNREFUSED' }])
    const comparison = await compare(server)
    expect(comparison).toMatchObject({ ok: true, acknowledged: 0 })
  })
})

describe('findings', () => {
  test('a malformed event that is accepted is a finding', async () => {
    const server = await serve(undefined, (event) => {
      const wrong = findWrong(event)
      return wrong === 'metadata' ? undefined : wrong
    })
    const result = await run(server.url, { scenario: 'chaos', rate: 5_000 })
    expect(result.complete).toBe(false)
    expect(result.wrongly_answered).toBeGreaterThan(0)
    expect(result.notes.map((note) => note.what)).toContain('wrong answer: metadata an array')
    expect((await compare(server)).unknown).toBe(result.wrongly_answered)
  })

  test('a good event that is refused is a finding', async () => {
    const server = await serve(undefined, (event) =>
      event.status === 'error' ? 'no errors here' : findWrong(event),
    )
    const result = await run(server.url)
    expect(result.complete).toBe(false)
    expect(result.rejected_unexpected).toBeGreaterThan(0)
    expect(result.acknowledged + result.rejected_unexpected).toBe(result.scheduled)
    expect(await compare(server)).toMatchObject({ ok: true })
  })
})

describe('Ctrl-C', () => {
  test('gives totals; what is in flight without an answer is unresolved in the ledger', async () => {
    const server = await serve((n) => (n < 5 ? 'none' : 'unknown'))
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 150)
    const result = await run(server.url, { duration_ms: null, signal: stop.signal })
    expect(result).toMatchObject({ interrupted: true, complete: false })
    expect(result.unresolved).toBeGreaterThan(0)
    expect(result.acknowledged + result.unresolved + result.unsent).toBe(result.scheduled)
    const comparison = await compare(server)
    expect(comparison).toMatchObject({ ok: true, acknowledged: result.acknowledged })
    expect(comparison.unresolved_stored).toBeGreaterThan(0)
  })
})
