// A real nats-server for a test, in a folder of its own, on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type TestNats = { url: string; dir: string; child: ChildProcess; stop(): Promise<void> }

/** The nats-server that the suite runs with: BEACON_NATS_SERVER, which the test set-up fills. */
export const natsServerPath = (): string => process.env.BEACON_NATS_SERVER ?? 'nats-server'

export async function startNats(
  options: { sync?: string; dir?: string; port?: number; max_store?: string } = {},
): Promise<TestNats> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'beacon-nats-'))
  const config = join(dir, 'nats.conf')
  writeFileSync(
    config,
    `host: 127.0.0.1\nport: ${options.port ?? -1}\nports_file_dir: "${dir}"\nmax_payload: 1MB\njetstream { store_dir: "${dir}/js", sync_interval: ${options.sync ?? 'always'}, max_file_store: ${options.max_store ?? '16GB'} }\n`,
  )
  for (const name of readdirSync(dir)) if (name.endsWith('.ports')) rmSync(join(dir, name))
  const child = spawn(natsServerPath(), ['-c', config, '-l', join(dir, 'nats.log')], { stdio: 'ignore' })
  const url = await readUrl(dir, child)
  return {
    url,
    dir,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        await exited
      }
      if (!options.dir) rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function readUrl(dir: string, child: ChildProcess): Promise<string> {
  for (let i = 0; i < 500; i++) {
    if (child.exitCode !== null)
      throw new Error(`nats-server ended: ${readFileSync(join(dir, 'nats.log'), 'utf8')}`)
    const file = readdirSync(dir).find((name) => name.endsWith('.ports'))
    if (file && existsSync(join(dir, file))) {
      try {
        const ports = JSON.parse(readFileSync(join(dir, file), 'utf8')) as { nats: string[] }
        if (ports.nats[0]) return ports.nats[0]
      } catch {
        // The file is written late and not atomically: read it again.
      }
    }
    await sleep(10)
  }
  throw new Error('nats-server wrote no ports file in 5 s')
}
