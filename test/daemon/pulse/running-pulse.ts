// Pulses against a real broker, in this process or in one of their own, and an ear that takes down every frame.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NatsConnection } from '@nats-io/nats-core'
import { pino } from 'pino'
import { systemClock } from '../../../src/client/beat-feed.ts'
import { readBeatMessage } from '../../../src/client/read-beat-message.ts'
import type { BeatFrame, PulseNote } from '../../../src/core/beat-frame.ts'
import { hearFrame, makeBeatTracker } from '../../../src/core/beat-tracker.ts'
import type { Config } from '../../../src/core/config.ts'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { type Home, toHome } from '../../../src/daemon/home.ts'
import { pulseDefaults, runPulseWith } from '../../../src/daemon/pulse/pulse.ts'
import type { ServiceStats } from '../../../src/daemon/service.ts'
import type { FromService, ToService } from '../../../src/daemon/supervisor/messages.ts'
import { testConfig } from '../../kit/supervised-home.ts'

export const cluster = 'test'
export const subjects = backbeatSubjects(cluster)
/** Quick, and with bars that are longer than a takeover lasts: beats are made good for up to a bar. */
export const pulseConfig: Config = { ...testConfig, cluster, tempo_bpm: 600, beats_per_bar: 60 }

export type RunningPulse = {
  /** As in the frames, at its end. */
  daemon_id: string
  stats(): ServiceStats
  warnings: string[]
  stop(): Promise<void>
}

export type PulseOptions = { config?: Partial<Config>; home?: Home; lease_ttl_ms?: number }

let count = 0

/** Resolves when it is ready, which is before it leads. */
export async function startPulse(nats_url: string, options: PulseOptions = {}): Promise<RunningPulse> {
  const daemon_id = `daemon-${++count}`
  const stopping = new AbortController()
  const ready = Promise.withResolvers<void>()
  const warnings: string[] = []
  let stats: ServiceStats = {}
  const ran = runPulseWith(
    { ...pulseDefaults, lease_ttl_ms: options.lease_ttl_ms ?? pulseDefaults.lease_ttl_ms },
    {
      name: 'pulse',
      instance: 'pulse',
      daemon_id,
      home: options.home ?? toHome('unused'),
      config: { ...pulseConfig, ...options.config },
      nats_url,
      log: pino({ level: 'warn' }, { write: (line) => warnings.push(line) }),
      signal: stopping.signal,
      ready: ready.resolve,
      report: (next) => {
        stats = next
      },
    },
  )
  await Promise.race([ready.promise, ran])
  return {
    daemon_id,
    stats: () => stats,
    warnings,
    async stop() {
      stopping.abort()
      await ran
    },
  }
}

export type PulseProcess = {
  daemon_id: string
  child: ChildProcess
  stats(): ServiceStats
  /** SIGKILL, and gone. */
  kill(): Promise<void>
}

/** As the supervisor runs it, in a process that can be killed and stopped. */
export async function startPulseProcess(nats_url: string): Promise<PulseProcess> {
  const daemon_id = `daemon-${++count}`
  const child = fork(serviceMain, ['pulse'], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const say = (message: ToService): boolean => child.send(message)
  let stats: ServiceStats = {}
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: FromService) => {
      if (message.type === 'ready') resolve()
      if (message.type === 'stats') stats = message.stats
    })
  })
  say({ type: 'load', name: 'pulse', module: null })
  say({
    type: 'start',
    start: { instance: 'pulse', daemon_id, home: 'unused', config: pulseConfig, nats_url },
  })
  await Promise.race([ready, exited])
  return {
    daemon_id,
    child,
    stats: () => stats,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const serviceMain = fileURLToPath(new URL('../../../src/daemon/service-main.ts', import.meta.url))

export type HeardFrame = { frame: BeatFrame; note: PulseNote; taken: boolean }

export type Ear = {
  /** Whatever was on the subject, in the order of the broker. */
  all: HeardFrame[]
  /** What a consumer takes of it. */
  taken(): HeardFrame[]
}

export async function listen(nc: NatsConnection): Promise<Ear> {
  const all: HeardFrame[] = []
  const tracker = makeBeatTracker(cluster)
  nc.subscribe(subjects.beat, {
    callback(_, message) {
      const read = readBeatMessage(message)
      if (!read.ok || !read.value.note) throw new Error(`this is no frame: ${message.string()}`)
      const { frame, note } = read.value
      all.push({ frame, note, taken: hearFrame(tracker, frame, note, systemClock()) === 'taken' })
    },
  })
  // The broker must know of the subscription before anything is started.
  await nc.flush()
  return { all, taken: () => all.filter(({ taken }) => taken) }
}

/** Of whom a frame is: the daemon's id. */
export const senderOf = ({ note }: HeardFrame): string => note.leader.split('/')[1] ?? ''
