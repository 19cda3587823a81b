// A real daemon of a test's own: the built program, in a home of its own, on free ports.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../src/core/config.ts'
import type { StatusDocument } from '../../src/core/status.ts'
import { type Home, toHome } from '../../src/daemon/home.ts'
import type { daemonStatus as DaemonStatus } from '../../src/daemon/supervisor/daemon-status.ts'
import { isAlive } from '../../src/daemon/supervisor/process-table.ts'
import type { startDaemon as StartDaemon } from '../../src/daemon/supervisor/start-daemon.ts'
import type { stopDaemon as StopDaemon } from '../../src/daemon/supervisor/stop-daemon.ts'
import { natsServerPath } from './nats.ts'

const dist = '../../dist/daemon/supervisor'
const { startDaemon } = (await import(`${dist}/start-daemon.js`)) as { startDaemon: typeof StartDaemon }
const { stopDaemon } = (await import(`${dist}/stop-daemon.js`)) as { stopDaemon: typeof StopDaemon }
const { daemonStatus } = (await import(`${dist}/daemon-status.js`)) as { daemonStatus: typeof DaemonStatus }

export type TestDaemon = {
  home: Home
  /** Base URL of the HTTP door; the same after each start. */
  url(): string
  start(): Promise<void>
  stop(): Promise<void>
  status(): Promise<StatusDocument>
  /** Pid of a service by instance, of the `nats-server`, or of the `supervisor`. */
  pidOf(instance: string): Promise<number>
  /** kill -9, and gone. */
  kill(instance: string): Promise<void>
  /** Every process of the daemon. */
  pids(): Promise<number[]>
  /** Resolves when the status satisfies; throws with the last status after `limit_ms`. */
  until(what: string, holds: (status: StatusDocument) => boolean, limit_ms?: number): Promise<StatusDocument>
  dispose(): Promise<void>
}

export async function startTestDaemon(
  options: { root?: string; config?: Partial<Config> } = {},
): Promise<TestDaemon> {
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'beacon-daemon-'))
  const home = toHome(root)
  let http = '127.0.0.1:0'
  const record = (): { http: string; pid: number } =>
    JSON.parse(readFileSync(join(home.run, 'daemon.json'), 'utf8'))
  const daemon: TestDaemon = {
    home,
    url: () => `http://${http}`,
    async start() {
      const config: Config = {
        http,
        durability: 'durable',
        gateways: 2,
        partitions: 12,
        lanes: 2,
        batch: 500,
        flush_ms: 500,
        retention_ms: 30 * 86_400_000,
        max_bytes: 1_000_000_000,
        cluster: 'beacon',
        tempo_bpm: 120,
        beats_per_bar: 120,
        nats: null,
        auth: 'local',
        redact: [],
        log_level: 'info',
        ...options.config,
      }
      const server = { path: natsServerPath(), version: '2.15.1' }
      await startDaemon({
        home,
        config,
        http_explicit: true,
        nats_server: server,
        version: '0.0.0',
        exec_argv: [],
      })
      http = record().http
    },
    async stop() {
      await stopDaemon({ home })
    },
    status: () => daemonStatus({ home }),
    async pidOf(instance) {
      const status = await daemon.until(`a pid of ${instance}`, (each) => pidIn(each, instance) !== null)
      return pidIn(status, instance) as number
    },
    async kill(instance) {
      const pid = await daemon.pidOf(instance)
      process.kill(pid, 'SIGKILL')
      while (isAlive({ pid, started: null })) await sleep(5)
    },
    async pids() {
      const status = await daemon.status()
      return [status.pid, status.broker.pid, ...status.services.map(({ pid }) => pid)].filter(
        (pid) => pid !== null,
      )
    },
    async until(what, holds, limit_ms = 30_000) {
      const end = performance.now() + limit_ms
      for (let last: unknown; ; await sleep(50)) {
        try {
          const status = await daemon.status()
          last = status
          if (holds(status)) return status
        } catch (error) {
          last = error
        }
        if (performance.now() > end)
          throw new Error(`not reached: ${what}; last: ${JSON.stringify(last) || last}`)
      }
    },
    async dispose() {
      await daemon.stop().catch(() => undefined)
      if (!options.root) rmSync(root, { recursive: true, force: true })
    },
  }
  await daemon.start()
  return daemon
}

function pidIn(status: StatusDocument, instance: string): number | null {
  if (instance === 'supervisor') return status.pid
  if (instance === 'nats-server') return status.broker.state === 'up' ? status.broker.pid : null
  const service = status.services.find((each) => each.instance === instance)
  return service?.state === 'up' ? service.pid : null
}
