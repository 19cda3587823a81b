// `beacon bench ingest`: the whole way, HTTP → durable → archived → live picture, with the load on the same machine,
// beside the bare broker's rate in the same run.

import { spawn } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Durability } from '../core/config.ts'
import type { StatusDocument } from '../core/status.ts'
import { startBroker } from '../daemon/broker/broker-process.ts'
import { loadPasswords } from '../daemon/broker/credentials.ts'
import { type Home, toHome } from '../daemon/home.ts'
import { daemonStatus } from '../daemon/supervisor/daemon-status.ts'
import { prepareFolders } from '../daemon/supervisor/prepare-folders.ts'
import { benchBroker } from './bench-broker.ts'
import { type BenchDaemonOptions, main, runLoad, withDaemon } from './bench-daemon.ts'
import { round } from './bench-row.ts'

export type IngestBenchOptions = BenchDaemonOptions & {
  agents: number
  seconds: number
  onStep(text: string): void
}

export type IngestBench = {
  durability: Durability
  fsync_p50_ms: number
  bare_broker_events_per_s: number
  events_per_s: number
  ratio: number
  ack_p50_ms: number
  ack_p99_ms: number
  single_rate_per_s: number
  single_ack_p50_ms: number
  single_ack_p99_ms: number
  /** From the last acknowledgement until all was archived and in the live picture. */
  settle_ms: number
  archive_bytes_per_event: number
  rss_max_mib: Record<string, number>
  cpu_mean_percent: Record<string, number>
  start_ms: number
  one_shot_ms: number
}

/** More than the budgets ask for: the load is held back by the answers. */
const overload_rate = { durable: 60_000, fast: 100_000 } as const satisfies Record<Durability, number>
const single_rate = 5_000
const line = JSON.stringify({ schema: 'beacon.event.v1', id: '0'.repeat(36), pad: 'x'.repeat(240) })

export async function benchIngest(options: IngestBenchOptions): Promise<IngestBench> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  try {
    const fsync_p50_ms = measureFsync(folder)
    options.onStep(`the bare broker, ${options.durability}`)
    const bare = await bareBroker(options, toHome(join(folder, 'bare')))
    options.onStep(`starting the daemon, ${options.durability}`)
    const home = toHome(join(folder, 'home'))
    return await withDaemon(options, home, ({ elapsed_ms: start_ms }) =>
      measure(options, home, { fsync_p50_ms, bare, start_ms }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Before = { fsync_p50_ms: number; bare: number; start_ms: number }

async function measure(options: IngestBenchOptions, home: Home, before: Before): Promise<IngestBench> {
  const { agents, seconds, durability } = options
  await runLoad(options, home, ['--agents', '1000', '--rate', '5000', '--duration', '3s'])
  options.onStep(`single events at ${single_rate}/s, ${durability}`)
  const single = await runLoad(options, home, [
    '--agents',
    '5000',
    '--rate',
    String(single_rate),
    '--batch',
    '1',
    '--duration',
    '10s',
  ])
  const one_shot_ms = await oneShot(options, home)
  options.onStep(`full load for ${seconds} s, ${durability}`)
  const first = (await daemonStatus({ home })).books?.accepted ?? 0
  const samples: StatusDocument[] = []
  const sampling = setInterval(() => {
    daemonStatus({ home }).then(
      (status) => samples.push(status),
      () => undefined,
    )
  }, 1_000)
  const started = performance.now()
  const full = await runLoad(options, home, [
    '--agents',
    String(agents),
    '--rate',
    String(overload_rate[durability]),
    '--duration',
    `${seconds}s`,
  ])
  clearInterval(sampling)
  const answered = performance.now()
  const last = await settled(home)
  const ended = performance.now()
  const events = (last.books?.accepted ?? 0) - first
  const { bytes_per_event } = await archiveSize(home)
  return {
    durability,
    fsync_p50_ms: before.fsync_p50_ms,
    bare_broker_events_per_s: before.bare,
    events_per_s: Math.round(events / ((ended - started) / 1_000)),
    ratio: round(events / ((ended - started) / 1_000) / before.bare),
    ack_p50_ms: full.latency_ms.p50,
    ack_p99_ms: full.latency_ms.p99,
    single_rate_per_s: single.rate_achieved,
    single_ack_p50_ms: single.latency_ms.p50,
    single_ack_p99_ms: single.latency_ms.p99,
    settle_ms: Math.round(ended - answered),
    archive_bytes_per_event: round(bytes_per_event),
    rss_max_mib: perProcess(samples, (each) => (each.rss_bytes ?? 0) / 2 ** 20, Math.max),
    cpu_mean_percent: perProcess(
      samples,
      (each) => (each.cpu_percent ?? 0) / samples.length,
      (a, b) => a + b,
    ),
    start_ms: before.start_ms,
    one_shot_ms,
  }
}

async function bareBroker(options: IngestBenchOptions, home: Home): Promise<number> {
  prepareFolders(home)
  const passwords = loadPasswords(home.credentials)
  const config = { durability: options.durability, max_bytes: options.config.max_bytes }
  const broker = await startBroker({ home, config, nats_server: options.nats_server, passwords })
  try {
    const url = `nats://service:${passwords.service}@${broker.address}`
    return await benchBroker(url, options.durability, options.seconds * 40_000, line)
  } finally {
    await broker.stop(true)
  }
}

/** Everything accepted is archived and folded into the live picture. */
async function settled(home: Home): Promise<StatusDocument> {
  for (;;) {
    const status = await daemonStatus({ home })
    const folded = Number(status.services.find(({ name }) => name === 'aggregator')?.stats.seq ?? 0)
    if (status.books?.in_flight === 0 && folded >= (status.broker.stream?.last_seq ?? 0)) return status
    await sleep(50)
  }
}

async function archiveSize(home: Home): Promise<{ bytes_per_event: number }> {
  const { openArchiveReader } = await import('../daemon/archive/archive-reader.ts')
  const reader = openArchiveReader(home.archive)
  const { bytes, events } = reader.stats()
  await reader.close()
  return { bytes_per_event: bytes / Math.max(1, events) }
}

/** Median of five runs of `beacon emit`. */
async function oneShot(options: IngestBenchOptions, home: Home): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const started = performance.now()
    const args = [
      ...process.execArgv,
      main,
      'emit',
      '--home',
      home.root,
      '--agent',
      'bench',
      '--status',
      'running',
    ]
    const child = spawn(process.execPath, args, { stdio: 'ignore', signal: options.signal })
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
    times.push(performance.now() - started)
  }
  return Math.round(times.sort((a, b) => a - b)[2] ?? 0)
}

function measureFsync(folder: string): number {
  const file = join(folder, 'fsync')
  const fd = openSync(file, 'w')
  const times = Array.from({ length: 101 }, () => {
    const started = performance.now()
    writeSync(fd, line)
    fdatasyncSync(fd)
    return performance.now() - started
  })
  closeSync(fd)
  return round(times.sort((a, b) => a - b)[50] ?? 0)
}

type Measured = { instance: string; rss_bytes: number | null; cpu_percent: number | null }

function perProcess(
  samples: StatusDocument[],
  value: (process: Measured) => number,
  combine: (a: number, b: number) => number,
): Record<string, number> {
  const result: Record<string, number> = {}
  for (const { services, broker } of samples) {
    for (const each of [...services, { ...broker, instance: 'nats-server' }]) {
      result[each.instance] = combine(result[each.instance] ?? 0, value(each))
    }
  }
  return Object.fromEntries(Object.entries(result).map(([name, n]) => [name, Math.round(n)]))
}
