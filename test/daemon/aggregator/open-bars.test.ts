import type { NatsConnection } from '@nats-io/nats-core'
import { ServiceErrorCodeHeader } from '@nats-io/services'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openLiveView } from '../../../src/client/view-client.ts'
import {
  type BarReport,
  barSubjects,
  type WindowDocument,
  type WindowsDocument,
} from '../../../src/core/bar-report.ts'
import { toWindowId } from '../../../src/core/beat.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import type { FleetFrame } from '../../../src/core/view.ts'
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
async function ask<T>(subject: string, request: object = {}): Promise<T> {
  return (await nc.request(subject, JSON.stringify(request))).json<T>()
}
const windows = async () => (await ask<WindowsDocument>(barSubjects.windows)).windows

test('open windows are shown as they fill up, also the one in which nobody claimed anything yet', async () => {
  await start()
  await pulse.beat(4)
  await until(() => expect(heard.length).toBe(1))
  expect((await windows()).map(({ from_beat, revision }) => [from_beat, revision])).toEqual([
    [0, 0],
    [4, null],
  ])
  await claim('a', 5, { state: 'helping' })
  await vi.waitUntil(async () => (await windows()).at(-1)?.claims === 1, { timeout: 15_000 })
  const window = toWindowId(cluster, 4)
  const document = await ask<WindowDocument>(barSubjects.window, { window })
  expect(document).toMatchObject({
    schema: 'beacon.window.v1',
    cluster_id: cluster,
    open: true,
    window: { window_id: window, agents_reporting: 1, states: [['helping', 1]] },
    report: { window_id: window, revision: 0, agents_reporting: 1 },
  })
  const unknown = await nc.request(barSubjects.window, JSON.stringify({ window: window.slice(0, 8) }))
  expect(unknown.headers?.get(ServiceErrorCodeHeader)).toBe('404')
})

test('a view that wants the bars sees them change, and is left alone while they do not', async () => {
  await start()
  await pulse.beat(0)
  const frames: FleetFrame[] = []
  let quiet = 0
  const handlers = {
    frame: (frame: FleetFrame) => {
      frames.push(frame)
    },
    quiet: () => {
      quiet++
    },
    state() {},
  }
  const view = openLiveView(nc, { bars: true, limit: 0 }, handlers)
  onTestFinished(() => view.close())
  await claim('a', 1)
  await until(() => expect(frames.at(-1)?.bars).toMatchObject([{ from_beat: 0, claims: 1, revision: null }]))
  await pulse.beat(4)
  await until(() => expect(frames.at(-1)?.bars).toMatchObject([{ from_beat: 0, claims: 1, revision: 0 }]))
  await until(() => expect(quiet).toBeGreaterThan(1))
})

test('its metrics are those of its service', async () => {
  await start()
  await pulse.beat(0)
  for (const agent of ['a', 'b']) await claim(agent, 1, { state: 'completed' })
  await pulse.beat(4)
  await until(() => expect(heard.length).toBe(1))
  type Stats = {
    endpoints: {
      data?: {
        instance: string
        metrics: { name: string; values: { value: number; metricName?: string }[] }[]
      }
    }[]
  }
  const values = async () => {
    const stats = await ask<Stats>('$SRV.STATS.beacon-aggregator')
    const told = stats.endpoints.filter(({ data }) => data)
    expect(told.map(({ data }) => data?.instance)).toEqual(['aggregator'])
    return Object.fromEntries(
      (told[0]?.data?.metrics ?? []).map(({ name, values }) => [name, values.at(-1)?.value]),
    )
  }
  await vi.waitUntil(async () => (await values()).backbeat_reverb_agents_reporting === 2, { timeout: 15_000 })
  expect(await values()).toEqual({
    backbeat_reverb_agents_reporting: 2,
    backbeat_reverb_on_time_reviews: 2,
    backbeat_reverb_windows_completed_total: 1,
    backbeat_reverb_window_processing_seconds: 1,
    backbeat_reverb_claims_processed_total: 2,
  })
})
