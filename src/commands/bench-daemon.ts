// A daemon of a bench's own, and a simulated swarm that loads it from a process of its own, as a user's would.

import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config, Durability } from '../core/config.ts'
import type { Home } from '../daemon/home.ts'
import { startDaemon } from '../daemon/supervisor/start-daemon.ts'
import { stopDaemon } from '../daemon/supervisor/stop-daemon.ts'
import type { SimResult } from '../sim/sim-result.ts'

export type BenchDaemonOptions = {
  durability: Durability
  config: Config
  nats_server: { path: string; version: string }
  version: string
  signal: AbortSignal
}

type Started = Awaited<ReturnType<typeof startDaemon>>

/** Runs `measure` while the daemon of this home runs, and stops it whatever comes. */
export async function withDaemon<T>(
  { durability, config, nats_server, version }: BenchDaemonOptions,
  home: Home,
  measure: (started: Started) => Promise<T>,
): Promise<T> {
  const started = await startDaemon({
    home,
    config: { ...config, durability, http: '127.0.0.1:0', nats: null },
    http_explicit: true,
    nats_server,
    version,
  })
  try {
    return await measure(started)
  } finally {
    await stopDaemon({ home })
  }
}

/** The program itself, for processes of its own; before it go `process.execArgv`. */
export const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url))

/** `beacon sim` with these options, to its end. */
export async function runLoad(
  { signal }: Pick<BenchDaemonOptions, 'signal'>,
  home: Home,
  args: string[],
): Promise<SimResult> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, main, 'sim', '--home', home.root, '-q', '-o', 'json', ...args],
    { stdio: ['ignore', 'pipe', 'ignore'], signal },
  )
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  return JSON.parse(text) as SimResult
}
