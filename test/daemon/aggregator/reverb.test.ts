import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openLiveView } from '../../../src/client/view-client.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { refusedClaimsSubject } from '../../../src/core/status-claim.ts'
import { startNats } from '../../kit/nats.ts'
import { cluster } from './hand-pulse.ts'
import { beats_per_bar, makeReverbStage, type ReverbStage, until } from './reverb-stage.ts'
import { startAggregatorProcess } from './running-aggregator.ts'

let stage: ReverbStage

beforeEach(async () => {
  stage = await makeReverbStage()
})

test('each bar is reported at its downbeat, also one in which nobody claimed anything', async () => {
  const { start, beat, claim, heard, reports, untilHeard } = stage
  await start()
  await beat(0)
  for (const agent of ['a', 'b', 'c']) await claim(agent, 1, { state: 'completed' })
  await claim('a', 2)
  await beat(4, 0.1, { drift_ms: 1.25 })
  await untilHeard(1)
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
  await beat(8)
  await untilHeard(2)
  expect(reports()[1]).toEqual([4, 0, 0])
})

test('a claim that comes late makes a numbered revision, of the whole report', async () => {
  const { start, beat, claim, heard, reports, untilHeard, windows } = stage
  await start()
  await beat(0)
  await claim('a', 1)
  await beat(4)
  await untilHeard(1)
  await claim('b', 2, { late: true })
  await until(async () => expect((await windows())[0]).toMatchObject({ claims: 2, revision: 0 }))
  await beat(5)
  await untilHeard(2)
  expect(heard[1]).toMatchObject({
    from_beat: 0,
    revision: 1,
    agents_reporting: 2,
    claims: 2,
    late_claims: 1,
  })
  // Nothing more came, so nothing more is said of it.
  await beat(6)
  await beat(8)
  await untilHeard(3)
  expect(reports()[2]).toEqual([4, 0, 0])
})

test('of two aggregators on one NATS one reports each bar, and both know', async () => {
  const { start, startOther, beat, claim, reports, untilHeard } = stage
  const both = [await start(), await startOther()]
  for (let bar = 0; bar < 5; bar++) {
    await beat(bar * beats_per_bar)
    await claim('a', bar * beats_per_bar + 1)
    await claim('b', bar * beats_per_bar + 1)
  }
  await untilHeard(4)
  expect(reports()).toEqual([0, 4, 8, 12].map((from_beat) => [from_beat, 0, 2]))
  await until(() => {
    for (const each of both) expect(each.stats()).toMatchObject({ reports_waiting: 0, seq: 14 })
    expect(both.reduce((sum, each) => sum + Number(each.stats().reports_total), 0)).toBe(4)
  })
})

test('bars that take less than half a second are each reported, with every claim', async () => {
  const { start, beat, claim, heard } = stage
  await start()
  for (let index = 0; index <= 24; index++) {
    await beat(index, 600)
    await claim('a', index)
    await claim(`agent-${index}`, index)
    await sleep(100)
  }
  const first = [0, 4, 8, 12, 16, 20]
  await until(() => {
    const last = new Map(heard.map(({ from_beat, claims }) => [from_beat, claims]))
    expect(first.map((from_beat) => last.get(from_beat))).toEqual(first.map(() => 8))
  })
})

test('after kill -9 in the middle of a bar its report counts what was claimed before and after', {
  timeout: 60_000,
}, async () => {
  const { nats, home, beat, claim, heard, untilArchived, untilHeard } = stage
  const first = await startAggregatorProcess(nats.url, home)
  await beat(0)
  for (const agent of ['a', 'b']) await claim(agent, 0, { state: 'completed' })
  await untilArchived(await claim('a', 1))
  await first.kill()
  await claim('c', 1, { state: 'completed' })
  const second = await startAggregatorProcess(nats.url, home)
  await beat(2)
  await claim('d', 2)
  await beat(4)
  await untilHeard(1)
  await second.stop()
  expect(heard[0]).toMatchObject({ revision: 0, agents_reporting: 4, on_time_reviews: 3, claims: 5 })
})

test('whoever was away reports all bars in which something was claimed, and never twice', {
  timeout: 60_000,
}, async () => {
  const { start, beat, claim, reports, untilArchived, untilHeard } = stage
  for (let index = 0; index < 40; index++) await claim('a', index)
  // Far more bars than the fold keeps open.
  await untilArchived(40)
  const first = await start()
  await beat(80)
  await untilHeard(11)
  const bars = Array.from({ length: 10 }, (_, bar) => [bar * beats_per_bar, 0, 1])
  expect(reports()).toEqual([...bars, [76, 0, 0]])
  await untilArchived(51)
  await first.stop()
  await start()
  await beat(84)
  await untilHeard(12)
  expect(reports()[11]).toEqual([80, 0, 0])
})

test('a bar that ends while the broker is away is reported once it is back', {
  timeout: 60_000,
}, async () => {
  const { start, beat, claim, windows, nats } = stage
  const aggregator = await start()
  // Time enough to lose the broker before the bar ends.
  await beat(3, 20)
  await claim('a', 3)
  await until(async () => expect((await windows())[0]?.claims).toBe(1))
  nats.child.kill('SIGKILL')
  await once(nats.child, 'exit')
  await until(() => expect(aggregator.stats().reports_waiting).toBe(1))
  const { dir, url } = nats
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  stage.nats = await startNats({ sync: '100ms', dir, port: Number(new URL(url).port) })
  // Subscribers may come back later than the report is told; the stream has it.
  await until(async () =>
    expect((await windows())[0]).toMatchObject({ from_beat: 0, claims: 1, revision: 0 }),
  )
  await until(() => expect(aggregator.stats()).toMatchObject({ reports_total: 1, reports_waiting: 0 }))
})

test('when the frame of a downbeat was missed, the pulse is asked what became of the bar', async () => {
  const { nc, start, beat, claim, heard, untilHeard } = stage
  nc.subscribe(backbeatSubjects(cluster).status, {
    callback(_, message) {
      const at = new Date().toISOString()
      const last_bar = { from_beat: 0, beats: 4, drift_ms: 7.5, leader_changes: 2 }
      const pulse = { cluster_id: cluster, beat_index: 3, beats_per_bar, tempo_bpm: 20, beat_at: at, at }
      const leader = { leader: 'hand', epoch: 1, degraded: false }
      message.respond(JSON.stringify({ schema: 'beacon.pulse.v1', ...pulse, ...leader, last_bar }))
    },
  })
  await start()
  await beat(3, 20)
  await claim('a', 3)
  await untilHeard(1)
  expect(heard[0]).toMatchObject({ from_beat: 0, tempo_drift_ms: 7.5, tempo_bpm: 20 })
  expect(heard[0]?.issues).toContainEqual(expect.objectContaining({ category: 'leader_change', count: 2 }))
})

test('refused claims and viewers that were cut off are issues of their bar', {
  timeout: 30_000,
}, async () => {
  const { nc, start, beat, heard, untilHeard } = stage
  const aggregator = await start()
  await beat(0)
  const refused = { counts: { claim_state: 2, claim_too_late: 1 }, agents: ['x', 'y'] }
  nc.publish(refusedClaimsSubject, JSON.stringify(refused))
  nc.publish(refusedClaimsSubject, 'not JSON')
  const stalled = openLiveView(nc, {}, { frame: () => new Promise(() => {}), quiet() {}, state() {} })
  await until(() => expect(aggregator.stats().views).toBe(1))
  await until(() => expect(aggregator.stats().views).toBe(0))
  stalled.close()
  await beat(4)
  await untilHeard(1)
  expect(heard[0]?.issues).toEqual([
    expect.objectContaining({ category: 'invalid_claim', count: 3, agents: ['x', 'y'] }),
    expect.objectContaining({ category: 'dropped_view', count: 1 }),
  ])
})
