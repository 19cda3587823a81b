import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openLiveView } from '../../../src/client/view-client.ts'
import { type BarReport, barSubjects, type WindowsDocument } from '../../../src/core/bar-report.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { refusedClaimsSubject } from '../../../src/core/status-claim.ts'
import { toHome } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { cluster, type HandPulse, makeHandPulse, writeClaim } from './hand-pulse.ts'
import {
  connectTest,
  makeStreams,
  type RunningAggregator,
  startAggregator,
  startAggregatorProcess,
  startArchiver,
} from './running-aggregator.ts'

const beats_per_bar = 4

let nats: TestNats
let nc: NatsConnection
let pulse: HandPulse
let running: RunningAggregator[]
/** As subscribers hear them. */
let heard: BarReport[]

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectTest(nats.url)
  await makeStreams(nc)
  pulse = makeHandPulse(nc, beats_per_bar)
  running = []
  heard = []
  nc.subscribe(backbeatSubjects(cluster).bar, {
    callback: (_, message) => {
      heard.push(message.json<BarReport>())
    },
  })
})

afterEach(async () => {
  for (const each of running) await each.stop()
  await nc.close()
  await nats.stop()
})

async function start(): Promise<RunningAggregator> {
  const aggregator = await startAggregator(nats.url)
  running.push(aggregator)
  return aggregator
}

const claim = (agent: string, beat: number, given: Partial<Parameters<typeof writeClaim>[3]> = {}) =>
  writeClaim(nc, agent, beat, { beats_per_bar, ...given })

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 20 })
async function ask<T>(subject: string, request: object = {}): Promise<T> {
  return (await nc.request(subject, JSON.stringify(request))).json<T>()
}
const windows = async () => (await ask<WindowsDocument>(barSubjects.windows)).windows

const short = ({ from_beat, revision, agents_reporting }: BarReport) => [
  from_beat,
  revision,
  agents_reporting,
]

test('each bar is reported at its downbeat, also one in which nobody claimed anything', async () => {
  await start()
  await pulse.beat(0)
  for (const agent of ['a', 'b', 'c']) await claim(agent, 1, { state: 'completed' })
  await claim('a', 2)
  await pulse.beat(4, { drift_ms: 1.25 })
  await until(() => expect(heard.length).toBe(1))
  expect(heard[0]).toMatchObject({
    type: 'backbeat.barreport.v1',
    from_beat: 0,
    to_beat: 3,
    agents_reporting: 3,
    on_time_reviews: 3,
    claims: 4,
    revision: 0,
    tempo_drift_ms: 1.25,
    tempo_bpm: 0.1,
    secret_rotations_ok: true,
  })
  await pulse.beat(8)
  await until(() =>
    expect(heard.map(short)).toEqual([
      [0, 0, 3],
      [4, 0, 0],
    ]),
  )
})

test('a claim that comes late makes a numbered revision, of the whole report', async () => {
  await start()
  await pulse.beat(0)
  await claim('a', 1)
  await pulse.beat(4)
  await until(() => expect(heard.map(short)).toEqual([[0, 0, 1]]))
  await claim('b', 2, { late: true })
  await pulse.beat(5)
  await until(() => expect(heard.length).toBe(2))
  expect(heard[1]).toMatchObject({
    from_beat: 0,
    revision: 1,
    agents_reporting: 2,
    claims: 2,
    late_claims: 1,
  })
  // Nothing more came, so nothing more is said of it.
  await pulse.beat(6)
  await pulse.beat(8)
  await until(() => expect(heard.map(short).slice(2)).toEqual([[4, 0, 0]]))
})

test('of two aggregators on one NATS one reports each bar, and both know', async () => {
  const both = [await start(), await start()]
  for (let bar = 0; bar < 5; bar++) {
    await pulse.beat(bar * beats_per_bar)
    await claim('a', bar * beats_per_bar + 1)
    await claim('b', bar * beats_per_bar + 1)
  }
  await until(() => expect(heard.length).toBe(4))
  expect(heard.map(short)).toEqual([0, 4, 8, 12].map((from_beat) => [from_beat, 0, 2]))
  await until(() => {
    for (const each of both) expect(each.stats()).toMatchObject({ reports_waiting: 0, seq: 14 })
    expect(both.reduce((sum, each) => sum + Number(each.stats().reports_total), 0)).toBe(4)
  })
})

test('bars that take less than half a second are each reported, with every claim', async () => {
  await start()
  const beats = 24
  for (let beat = 0; beat <= beats; beat++) {
    await pulse.beat(beat, {}, 600)
    await claim('a', beat)
    await claim(`agent-${beat}`, beat)
    await sleep(100)
  }
  await until(() => expect(heard.filter(({ revision }) => revision === 0).length).toBeGreaterThanOrEqual(6))
  const last = new Map(heard.map((report) => [report.from_beat, report.claims]))
  expect([...last].slice(0, 6)).toEqual([0, 4, 8, 12, 16, 20].map((from_beat) => [from_beat, 8]))
})

test('after kill -9 in the middle of a bar its report counts what was claimed before and after', {
  timeout: 60_000,
}, async () => {
  const home = toHome(mkdtempSync(join(tmpdir(), 'beacon-reverb-')))
  const archiver = await startArchiver(nats.url, home)
  onTestFinished(async () => {
    await archiver.stop()
    rmSync(home.root, { recursive: true, force: true })
  })
  const first = await startAggregatorProcess(nats.url, home)
  await pulse.beat(0)
  for (const agent of ['a', 'b']) await claim(agent, 0, { state: 'completed' })
  const seq = await claim('a', 1)
  await vi.waitUntil(() => archiver.stats().cursor_seq === seq, { timeout: 15_000 })
  await first.kill()
  await claim('c', 1, { state: 'completed' })
  const second = await startAggregatorProcess(nats.url, home)
  await pulse.beat(2)
  await claim('d', 2)
  await pulse.beat(4)
  await until(() => expect(heard.length).toBe(1))
  await second.stop()
  expect(heard[0]).toMatchObject({ revision: 0, agents_reporting: 4, on_time_reviews: 3, claims: 5 })
})

test('a bar that ends while the broker is away is reported once it is back', {
  timeout: 60_000,
}, async () => {
  const aggregator = await start()
  // Time enough to lose the broker before the bar ends.
  await pulse.beat(3, {}, 20)
  await claim('a', 3)
  await vi.waitUntil(async () => (await windows())[0]?.claims === 1)
  const port = Number(new URL(nats.url).port)
  nats.child.kill('SIGKILL')
  await once(nats.child, 'exit')
  await until(() => expect(aggregator.stats().reports_waiting).toBe(1))
  const { dir } = nats
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  nats = await startNats({ sync: '100ms', dir, port })
  await until(() => expect(heard.map(short)).toEqual([[0, 0, 1]]))
  await until(() => expect(aggregator.stats().reports_waiting).toBe(0))
})

test('when the frame of a downbeat was missed, the pulse is asked what became of the bar', async () => {
  nc.subscribe(backbeatSubjects(cluster).status, {
    callback(_, message) {
      const at = new Date().toISOString()
      const last_bar = { from_beat: 0, beats: 4, drift_ms: 7.5, leader_changes: 2 }
      message.respond(
        JSON.stringify({
          schema: 'beacon.pulse.v1',
          cluster_id: cluster,
          beat_index: 3,
          beats_per_bar,
          tempo_bpm: 20,
          beat_at: at,
          at,
          leader: 'hand',
          epoch: 1,
          degraded: false,
          last_bar,
        }),
      )
    },
  })
  await start()
  await pulse.beat(3, {}, 20)
  await claim('a', 3)
  await until(() => expect(heard.length).toBe(1))
  expect(heard[0]).toMatchObject({ from_beat: 0, tempo_drift_ms: 7.5, tempo_bpm: 20 })
  expect(heard[0]?.issues).toContainEqual(expect.objectContaining({ category: 'leader_change', count: 2 }))
})

test('refused claims and viewers that were cut off are issues of their bar', {
  timeout: 30_000,
}, async () => {
  const aggregator = await start()
  await pulse.beat(0)
  const refused = { counts: { claim_state: 2, claim_too_late: 1 }, agents: ['x', 'y'] }
  nc.publish(refusedClaimsSubject, JSON.stringify(refused))
  nc.publish(refusedClaimsSubject, 'not JSON')
  const stalled = openLiveView(nc, {}, { frame: () => new Promise(() => {}), quiet() {}, state() {} })
  await until(() => expect(aggregator.stats().views).toBe(1))
  await until(() => expect(aggregator.stats().views).toBe(0))
  stalled.close()
  await pulse.beat(4)
  await until(() => expect(heard.length).toBe(1))
  expect(heard[0]?.issues).toEqual([
    expect.objectContaining({ category: 'invalid_claim', count: 3, agents: ['x', 'y'] }),
    expect.objectContaining({ category: 'dropped_view', count: 1 }),
  ])
})
