// Two daemons on one NATS and a thousand claiming agents: whatever dies of the leader, no beat is left out, and each BarReport
// counts every agent, by the simulator's ledger.

import { readFileSync } from 'node:fs'
import type { NatsConnection } from '@nats-io/nats-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, expect, test } from 'vitest'
import { openBeatFeed } from '../../src/client/beat-feed.ts'
import { connectBroker } from '../../src/client/connect.ts'
import type { BarReport } from '../../src/core/bar-report.ts'
import { backbeatSubjects } from '../../src/core/pulse-document.ts'
import { isAlive } from '../../src/daemon/supervisor/process-table.ts'
import { runClaims } from '../../src/sim/run-claims.ts'
import { toAgentId } from '../../src/sim/swarm.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { startNats, type TestNats } from '../kit/nats.ts'
import { eventually } from '../kit/supervised-home.ts'

const cluster = 'band'
const agents = 1_000
const seed = Number(process.env.BEACON_TEST_SEED ?? Date.now() % 100_000)
/** Bars of three seconds: quick, and long enough for a take-over within one. */
const rhythm = { tempo_bpm: 240, beats_per_bar: 12 }
const limit_ms = 120_000

let nats: TestNats
let nc: NatsConnection
const daemons: TestDaemon[] = []

afterEach(async () => {
  await Promise.all(daemons.splice(0).map((daemon) => daemon.dispose()))
  await nc?.close()
  await nats?.stop()
})

/** Everything that is said about the beat. */
function listen() {
  const beats: number[] = []
  const reports: BarReport[] = []
  const subscription = nc.subscribe(backbeatSubjects(cluster).bar, {
    callback: (_, message) => void reports.push(message.json<BarReport>()),
  })
  const feed = openBeatFeed(nc, { cluster_id: cluster, onFrame: (frame) => beats.push(frame.beat_index) })
  return {
    beats,
    reports,
    feed,
    close() {
      subscription.unsubscribe()
      feed.close()
    },
  }
}

/** The daemon whose pulse leads, and that process. */
async function leaderOf(leader: string): Promise<{ daemon: TestDaemon; pid: number }> {
  for (const daemon of daemons) {
    const status = await daemon.status().catch(() => undefined)
    const pid = status?.services.find(({ instance }) => instance === 'pulse')?.pid
    if (pid && leader.endsWith(`/${pid}`)) return { daemon, pid }
  }
  throw new Error(`no daemon of ours is ${leader}`)
}

async function killAll(pids: number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  for (const pid of pids) await eventually(`the end of ${pid}`, () => !isAlive({ pid, started: null }))
}

test(`kill -9 of the leader, and of its whole daemon, leaves no gap and loses no agent (seed ${seed})`, {
  timeout: limit_ms,
}, async () => {
  nats = await startNats()
  nc = await connectBroker({ url: nats.url, name: 'test' })
  for (let i = 0; i < 2; i++) {
    daemons.push(await startTestDaemon({ config: { nats: nats.url, cluster, gateways: 1, ...rhythm } }))
  }
  const heard = listen()
  const leading = (epoch: number) =>
    eventually('a leader', () => {
      const facts = heard.feed.facts()
      return facts.epoch > epoch && facts.leader && !facts.degraded
        ? { ...facts, leader: facts.leader }
        : undefined
    })
  const claims = runClaims({
    urls: daemons.map((daemon) => daemon.url()),
    ids: Array.from({ length: agents }, (_, i) => toAgentId(i)),
    seed,
    per_bar: 1,
    wrongs: false,
    timeout_ms: 5_000,
    clock: { monotonic_ms: () => performance.now(), wall_ms: () => Date.now() },
  })
  /** Resolves when a bar that began after this call was reported. */
  const wholeBar = async (): Promise<number> => {
    const from = heard.feed.now()?.to_beat ?? 0
    return await eventually(
      'the report of a whole bar',
      () => heard.reports.find(({ from_beat }) => from_beat > from)?.from_beat,
    )
  }
  await wholeBar()

  const first = await leading(0)
  const { pid } = await leaderOf(first.leader)
  await killAll([pid])
  const second = await leading(first.epoch)
  await wholeBar()

  const { daemon } = await leaderOf(second.leader)
  await killAll(await daemon.pids())
  const third = await leading(second.epoch)
  await wholeBar()

  const result = await claims.finish(new AbortController().signal)
  heard.close()
  expect(new Set([first.leader, second.leader, third.leader]).size).toBe(3)
  expect(heard.beats).toEqual(heard.beats.map((_, i) => (heard.beats[0] as number) + i))
  expect(result.bars?.differences).toEqual([])
  expect(result.bars?.bars).toBeGreaterThanOrEqual(3)
  expect(result).toMatchObject({ complete: true, unresolved: 0 })
  const largest = Math.max(...heard.reports.map(({ agents_reporting }) => agents_reporting))
  expect(largest).toBeGreaterThan(agents * 0.95)
  const schema = JSON.parse(
    readFileSync(new URL('../../docs/schema/barreport.v1.json', import.meta.url), 'utf8'),
  )
  const isReport = new Ajv2020({ allowUnionTypes: true }).compile(schema)
  for (const report of heard.reports) expect(isReport(report) || isReport.errors).toBe(true)
})
