// What tests of Reverb need: a broker, an archiver, aggregators that live until the test ends, a pulse by hand, claims as
// gateways store them, and the reports as subscribers hear them.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/nats-core'
import { expect, onTestFinished, vi } from 'vitest'
import {
  type BarReport,
  barSubjects,
  type OpenBar,
  type WindowsDocument,
} from '../../../src/core/bar-report.ts'
import { barOf, toWindowId } from '../../../src/core/beat.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import type { ClaimState } from '../../../src/core/status-claim.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { cluster, makeHandPulse, type SendBeat } from './hand-pulse.ts'
import {
  connectTest,
  makeStreams,
  type RunningAggregator,
  startAggregator,
  startArchiver,
  writeEvent,
} from './running-aggregator.ts'

export const beats_per_bar = 4

export type ReverbStage = {
  nats: TestNats
  nc: NatsConnection
  /** The one that the archiver fills. */
  home: Home
  beat: SendBeat
  /** In the home with the archive. */
  start(): Promise<RunningAggregator>
  /** Elsewhere: as of another daemon. */
  startOther(): Promise<RunningAggregator>
  /** Resolves with its sequence. */
  claim(agent: string, beat: number, given?: { state?: ClaimState; late?: boolean }): Promise<number>
  /** Each report heard, in order: first beat, revision, agents. */
  reports(): number[][]
  heard: BarReport[]
  untilHeard(count: number): Promise<void>
  untilArchived(seq: number): Promise<void>
  /** As the aggregator answers. */
  windows(): Promise<OpenBar[]>
  ask<T>(subject: string, request?: object): Promise<T>
}

/** Cleaned up when the test ends. */
export async function makeReverbStage(): Promise<ReverbStage> {
  const nats = await startNats({ sync: '100ms' })
  const nc = await connectTest(nats.url)
  await makeStreams(nc)
  const home = toHome(mkdtempSync(join(tmpdir(), 'beacon-reverb-')))
  const archiver = await startArchiver(nats.url, home)
  const heard: BarReport[] = []
  nc.subscribe(backbeatSubjects(cluster).bar, {
    callback: (_, message) => {
      heard.push(message.json<BarReport>())
    },
  })
  const running: RunningAggregator[] = []
  const start = async (given?: Home): Promise<RunningAggregator> => {
    const aggregator = await startAggregator(nats.url, given)
    running.push(aggregator)
    return aggregator
  }
  const ask = async <T>(subject: string, request: object = {}): Promise<T> =>
    (await nc.request(subject, JSON.stringify(request))).json<T>()
  const stage: ReverbStage = {
    nats,
    nc,
    home,
    beat: makeHandPulse(nc, beats_per_bar),
    start: () => start(home),
    startOther: () => start(),
    claim(agent_id, beat_index, { state = 'executing', late = false } = {}) {
      const bar = barOf(beat_index, beats_per_bar)
      const verdict = { window_id: toWindowId(cluster, bar.from_beat), ...bar, on_time: !late, late }
      const metadata = { beat_index, hlc: '0000:0000:0001', ...verdict }
      return writeEvent(nc, { agent_id, status: state, metadata }, 'claim')
    },
    reports: () =>
      heard.map(({ from_beat, revision, agents_reporting }) => [from_beat, revision, agents_reporting]),
    heard,
    untilHeard: (count) => until(() => expect(heard.length).toBe(count)),
    untilArchived: (seq) => until(() => expect(archiver.stats().cursor_seq).toBe(seq)),
    windows: async () => (await ask<WindowsDocument>(barSubjects.windows)).windows,
    ask,
  }
  onTestFinished(async () => {
    for (const each of running) await each.stop()
    await archiver.stop()
    await nc.close()
    await stage.nats.stop()
    rmSync(home.root, { recursive: true, force: true })
  })
  return stage
}

export const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 })
