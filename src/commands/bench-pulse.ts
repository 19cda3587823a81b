// `beacon bench pulse`: how punctual the beat is, idle and under load, how soon a bar is reported, and how the pulse drifts.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { readBrokerUrl } from '../client/endpoints.ts'
import { beatMs } from '../core/beat.ts'
import { type Home, toHome } from '../daemon/home.ts'
import { type BenchDaemonOptions, runLoad, withDaemon } from './bench-daemon.ts'
import { simulateHour } from './bench-pulse-hour.ts'
import type { Heard, ListenerData } from './bench-pulse-listener.ts'
import { percentile, round } from './bench-row.ts'

export type PulseBenchOptions = BenchDaemonOptions & {
  agents: number
  /** Of each part. */
  seconds: number
  /** Events per second of the load. */
  rate: number
  /** Real time over which drift is looked for, in seconds. */
  drift_s: number
  onStep(text: string): void
}

type Percentiles = { p50: number; p95: number; p99: number; max: number }
/** Of frames at 120 BPM. */
type Punctuality = { beats: number; jitter_ms: Percentiles; delivery_ms: Percentiles }

export type PulseBench = {
  subscriptions: number
  connections: number
  idle: Punctuality
  loaded: Punctuality & { rate_wanted: number; rate_achieved: number }
  /** From the downbeat to a subscriber. */
  reports: {
    agents: number
    bars: number
    agents_reporting_least: number
    latency_ms: Percentiles
    /** Of the simulator's ledger; null when it could not compare. */
    agree: boolean | null
  }
  drift: {
    simulated: { beats: number; drift_ms: number }
    real: { seconds: number; drift_ms: number }
  }
}

const bpm = 120
/** Bars of ten seconds. */
const beats_per_bar = 20
const subscriptions = 1_000
const connections = 10
/** What the load's first moments cost is not its cost. */
const warmUp_s = 3
/** Whole bars with claims, beside those in which the swarm comes and goes. */
const bars = 4

export async function benchPulse(options: PulseBenchOptions): Promise<PulseBench> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  const home = toHome(join(folder, 'home'))
  const config = { ...options.config, tempo_bpm: bpm, beats_per_bar }
  try {
    options.onStep('an hour of simulated time')
    const simulated = simulateHour(1)
    return await withDaemon({ ...options, config }, home, async () => {
      const listener = await openListener(home, config.cluster)
      try {
        return { subscriptions, connections, ...(await measure(options, home, listener, simulated)) }
      } finally {
        await listener.close()
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  options: PulseBenchOptions,
  home: Home,
  listener: Listener,
  simulated: PulseBench['drift']['simulated'],
): Promise<Omit<PulseBench, 'subscriptions' | 'connections'>> {
  const { agents, seconds, rate, drift_s, signal, onStep } = options
  await sleep(warmUp_s * 1_000, undefined, { signal })
  await listener.take()
  const idle_s = Math.max(seconds, drift_s)
  onStep(`idle for ${idle_s} s, ${subscriptions.toLocaleString('en')} subscriptions`)
  await sleep(idle_s * 1_000, undefined, { signal })
  const idle = await listener.take()

  onStep(`${rate.toLocaleString('en')} events/s for ${seconds} s`)
  const length = ['--duration', `${seconds + warmUp_s}s`]
  const load = runLoad(options, home, ['--agents', String(agents), '--rate', String(rate), ...length])
  await sleep(warmUp_s * 1_000, undefined, { signal })
  await listener.take()
  await sleep(seconds * 1_000, undefined, { signal })
  const loaded = await listener.take()
  const { rate_achieved } = await load

  onStep(`${agents.toLocaleString('en')} agents claim in ${bars} bars`)
  await listener.take()
  const claims_s = ((bars + 1.5) * beats_per_bar * beatMs(bpm)) / 1_000
  const few = ['--agents', String(agents), '--rate', '1000', '--claims', '--duration', `${claims_s}s`]
  const { claims } = await runLoad(options, home, few)
  const { reports } = await listener.take()
  // The first bar with claims is the one in which the swarm joined.
  const whole = reports.filter(({ agents_reporting }) => agents_reporting > 0).slice(1, 1 + bars)
  return {
    idle: toPunctuality(idle),
    loaded: { ...toPunctuality(loaded), rate_wanted: rate, rate_achieved },
    reports: {
      agents,
      bars: whole.length,
      agents_reporting_least: whole.reduce(
        (least, { agents_reporting }) => Math.min(least, agents_reporting),
        whole[0]?.agents_reporting ?? 0,
      ),
      latency_ms: toPercentiles(whole.map(({ latency_ms }) => latency_ms)),
      agree: claims?.bars ? claims.bars.differences.length === 0 : null,
    },
    drift: { simulated, real: toDrift(idle) },
  }
}

const toPercentiles = (values: readonly number[]): Percentiles => ({
  p50: round(percentile(values, 0.5)),
  p95: round(percentile(values, 0.95)),
  p99: round(percentile(values, 0.99)),
  max: round(percentile(values, 1)),
})

const toPunctuality = ({ beats, jitters_ms, deliveries_ms }: Heard): Punctuality => ({
  beats: beats.length,
  jitter_ms: toPercentiles(jitters_ms),
  delivery_ms: toPercentiles(deliveries_ms),
})

function toDrift({ beats }: Heard): PulseBench['drift']['real'] {
  const [first, last] = [beats[0], beats.at(-1)]
  if (!first || !last) throw new Error('no beat was heard')
  const elapsed_ms = last.at_ms - first.at_ms
  const drift_ms = elapsed_ms - (last.beat_index - first.beat_index) * beatMs(bpm)
  return { seconds: Math.round(elapsed_ms / 1_000), drift_ms: round(drift_ms) }
}

type Listener = {
  /** What was heard since the last time. */
  take(): Promise<Heard>
  close(): Promise<unknown>
}

async function openListener(home: Home, cluster: string): Promise<Listener> {
  const entry = new URL(`./bench-pulse-listener${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
  const data: ListenerData = { url: readBrokerUrl(home, 'service'), cluster, connections, subscriptions }
  const worker = new Worker(entry, { workerData: data })
  await once(worker, 'message')
  return {
    async take() {
      worker.postMessage('take')
      const [heard] = (await once(worker, 'message')) as [Heard]
      return heard
    },
    close: () => worker.terminate(),
  }
}
