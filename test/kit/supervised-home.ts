// A supervisor's home of a test's own: the daemon runs from the sources, with small services in place of Beacon's.

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectHome } from '../../src/client/endpoints.ts'
import type { Config } from '../../src/core/config.ts'
import type { BeaconError } from '../../src/core/errors.ts'
import type { StatusDocument } from '../../src/core/status.ts'
import { type Home, toHome } from '../../src/daemon/home.ts'
import { daemonStatus } from '../../src/daemon/supervisor/daemon-status.ts'
import { isGone } from '../../src/daemon/supervisor/end-process.ts'
import { startTime } from '../../src/daemon/supervisor/process-table.ts'
import { type StartOptions, type StartResult, startDaemon } from '../../src/daemon/supervisor/start-daemon.ts'
import { stopDaemon } from '../../src/daemon/supervisor/stop-daemon.ts'
import { natsServerPath } from './nats.ts'

export const tinyServices = fileURLToPath(new URL('./tiny-services.ts', import.meta.url))

/** `durable` needs 2.15; the suite also has to run where only 2.10 was found. */
export const testConfig: Config = {
  http: '127.0.0.1:0',
  durability: 'durable',
  gateways: 1,
  partitions: 12,
  lanes: 2,
  batch: 500,
  flush_ms: 100,
  retention_ms: 86_400_000,
  max_bytes: 64 * 1024 * 1024,
  cluster: 'beacon',
  tempo_bpm: 120,
  beats_per_bar: 120,
  nats: null,
  auth: 'local',
  redact: [],
  log_level: 'info',
}

export type TestHome = {
  home: Home
  start(overrides?: Overrides): Promise<StartResult>
  stop(): Promise<void>
  status(): Promise<StatusDocument>
  [Symbol.asyncDispose](): Promise<void>
}

export type Overrides = Partial<Omit<StartOptions, 'home' | 'config'>> & { config?: Partial<Config> }

/** Stops what runs in it and removes it at the end of the scope. */
export function makeHome(root = mkdtempSync(join(tmpdir(), 'beacon-home-'))): TestHome {
  const home = toHome(root)
  return {
    home,
    start: ({ config, ...overrides } = {}) =>
      startDaemon({
        home,
        config: { ...testConfig, ...config },
        http_explicit: true,
        nats_server: { path: natsServerPath(), version: '2.15.1' },
        version: '0.0.0-test',
        exec_argv: [],
        service_module: tinyServices,
        ...overrides,
      }),
    stop: async () => void (await stopDaemon({ home })),
    status: () => daemonStatus({ home }),
    async [Symbol.asyncDispose]() {
      await stopDaemon({ home }).catch(() => {})
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Polls until the value is there; fails the test after a generous limit, with what was seen last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + 20_000
  let last: unknown
  while (performance.now() < end) {
    try {
      const value = await look()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      last = error
    }
    await sleep(25)
  }
  throw new Error(`${what} did not come about`, { cause: last })
}

/** The code and text of the BeaconError that a promise rejects with. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<{ code: string; detail: string; hint: string }> {
  const error = await promise.then(
    (value) => {
      throw new Error(`it was not refused: ${JSON.stringify(value)}`)
    },
    (reason: unknown) => reason as BeaconError,
  )
  if (error.name !== 'BeaconError') throw error
  return { code: error.code, detail: error.detail, hint: error.hint }
}

/** The historian comes when the daemon is ready already. */
export async function everyServiceUp(it: TestHome): Promise<StatusDocument> {
  return await eventually('every service', async () => {
    const status = await it.status()
    return status.services.every((each) => each.state === 'up') ? status : undefined
  })
}

export const service = (status: StatusDocument, instance: string): StatusDocument['services'][number] => {
  const found = status.services.find((each) => each.instance === instance)
  if (!found) throw new Error(`no ${instance} among ${status.services.map((each) => each.instance)}`)
  return found
}

/** A foreign program on a port. */
export async function listenSomewhere(port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return { port: address.port, server }
}

/** Puts one message into the event stream, as a gateway would; resolves to its sequence. */
export async function putEvent(home: Home, subject = 'beacon.ev.0.test'): Promise<number> {
  const nc = await connectHome(home, 'service', 'test')
  try {
    const answer = await nc.request(subject, '{}', { timeout: 2_000 })
    return answer.json<{ seq: number }>().seq
  } finally {
    await nc.close()
  }
}

/** kill -9; the process is gone when this resolves. */
export async function killNow(pid: number | null): Promise<void> {
  if (!pid) throw new Error('no process to kill')
  const id = { pid, started: startTime(pid) }
  process.kill(pid, 'SIGKILL')
  if (!(await isGone(id, 10_000))) throw new Error(`the process ${pid} does not die`)
}
