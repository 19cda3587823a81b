import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { BarReport } from '../../../src/core/bar-report.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { cluster, type HandPulse, makeHandPulse, writeClaim } from './hand-pulse.ts'
import { connectTest, makeStreams, type RunningAggregator, startAggregator } from './running-aggregator.ts'

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
