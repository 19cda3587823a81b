import { ServiceErrorCodeHeader } from '@nats-io/services'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openLiveView } from '../../../src/client/view-client.ts'
import { barSubjects, type WindowDocument } from '../../../src/core/bar-report.ts'
import { toWindowId } from '../../../src/core/beat.ts'
import type { FleetFrame } from '../../../src/core/view.ts'
import { cluster } from './hand-pulse.ts'
import { makeReverbStage, type ReverbStage, until } from './reverb-stage.ts'

let stage: ReverbStage

beforeEach(async () => {
  stage = await makeReverbStage()
})

test('open windows are shown as they fill up, also the one in which nobody claimed anything yet', async () => {
  const { nc, start, beat, claim, ask, untilHeard, windows } = stage
  await start()
  await beat(4)
  await untilHeard(1)
  const short = async () => (await windows()).map(({ from_beat, revision }) => [from_beat, revision])
  await until(async () =>
    expect(await short()).toEqual([
      [0, 0],
      [4, null],
    ]),
  )
  await claim('a', 5, { state: 'helping' })
  await until(async () => expect((await windows()).at(-1)?.claims).toBe(1))
  const window = toWindowId(cluster, 4)
  expect(await ask<WindowDocument>(barSubjects.window, { window })).toMatchObject({
    schema: 'beacon.window.v1',
    cluster_id: cluster,
    open: true,
    window: { window_id: window, agents_reporting: 1, states: [['helping', 1]] },
    report: { window_id: window, revision: 0, agents_reporting: 1 },
  })
  const unknown = await nc.request(barSubjects.window, JSON.stringify({ window: window.slice(0, 8) }))
  expect(unknown.headers?.get(ServiceErrorCodeHeader)).toBe('404')
})

test('of a window that was reported and has not changed the report is told as it is stored', async () => {
  const { start, beat, claim, ask, heard, untilHeard, windows } = stage
  await start()
  await beat(0)
  await claim('a', 1)
  await beat(4)
  await untilHeard(1)
  await until(async () => expect((await windows())[0]?.revision).toBe(0))
  const told = async () =>
    (await ask<WindowDocument>(barSubjects.window, { window: toWindowId(cluster, 0) })).report
  expect(await told()).toEqual(heard[0])
  await claim('b', 1, { late: true })
  await until(async () => expect(await told()).toMatchObject({ revision: 1, claims: 2 }))
})

test('a view that wants the bars sees them change, and is left alone while they do not', async () => {
  const { nc, start, beat, claim } = stage
  await start()
  await beat(0)
  const frames: FleetFrame[] = []
  let quiet = 0
  const handlers = {
    frame(frame: FleetFrame) {
      frames.push(frame)
    },
    quiet() {
      quiet++
    },
    state() {},
  }
  const view = openLiveView(nc, { bars: true, limit: 0 }, handlers)
  onTestFinished(() => view.close())
  await claim('a', 1)
  await until(() => expect(frames.at(-1)?.bars).toMatchObject([{ from_beat: 0, claims: 1, revision: null }]))
  await beat(4)
  await until(() => expect(frames.at(-1)?.bars).toMatchObject([{ from_beat: 0, claims: 1, revision: 0 }]))
  await until(() => expect(quiet).toBeGreaterThan(1))
})

/** The answer of the NATS services API. */
type Stats = { endpoints: { data?: { instance: string; metrics: Metric[] } }[] }
type Metric = { name: string; values: { value: number }[] }

test('its metrics are those of its service', async () => {
  const { start, beat, claim, ask, untilHeard } = stage
  await start()
  await beat(0)
  for (const agent of ['a', 'b']) await claim(agent, 1, { state: 'completed' })
  await beat(4)
  await untilHeard(1)
  const readMetrics = async (): Promise<Record<string, number | undefined>> => {
    const { endpoints } = await ask<Stats>('$SRV.STATS.beacon-aggregator')
    const told = endpoints.flatMap(({ data }) => (data ? [data] : []))
    expect(told.map(({ instance }) => instance)).toEqual(['aggregator'])
    return Object.fromEntries(told[0]?.metrics.map(({ name, values }) => [name, values.at(-1)?.value]) ?? [])
  }
  await until(async () =>
    expect(await readMetrics()).toEqual({
      backbeat_reverb_agents_reporting: 2,
      backbeat_reverb_on_time_reviews: 2,
      backbeat_reverb_windows_completed_total: 1,
      // The count of the histogram.
      backbeat_reverb_window_processing_seconds: 1,
      backbeat_reverb_claims_processed_total: 2,
    }),
  )
})
