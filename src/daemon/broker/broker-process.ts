// Starts and stops the embedded nats-server of a home.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../core/config.ts'
import { BeaconError } from '../../core/errors.ts'
import type { Home } from '../home.ts'
import { readEndOfLog } from '../supervisor/read-end-of-log.ts'
import { writeFileAtomic } from '../write-file-atomic.ts'
import { toBrokerConfig } from './broker-config.ts'
import { type Passwords, writeBrokerUrls } from './credentials.ts'

export type NatsServer = { path: string; version: string }

export type BrokerOptions = {
  home: Home
  config: Pick<Config, 'durability' | 'max_bytes'>
  nats_server: NatsServer
  passwords: Passwords
  /** The port that clients already know: a restart must come back there. Absent on the daemon's own start. */
  port?: number
  /** How long the server may take until it listens; recovery of a large stream takes its time. */
  timeout_ms?: number
  /** Cuts the wait for a slow start short. */
  signal?: AbortSignal
}

export type Broker = {
  pid: number
  port: number
  /** `127.0.0.1:<port>` */
  address: string
  /** Resolves when the process has ended, with how. */
  exited: Promise<string>
  /** SIGTERM, or SIGKILL when hard; resolves when it is gone. */
  stop(hard?: boolean): Promise<void>
}

export const brokerConfigFile = (home: Home): string => join(home.broker, 'nats-server.conf')
export const brokerPidFile = (home: Home): string => join(home.broker, 'nats-server.pid')
export const brokerLogFile = (home: Home): string => join(home.logs, 'nats-server.log')

/** Resolves when the server listens and the credentials name its port. Throws broker_failed with the end of its log. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  if (options.port !== undefined) return await launch(options, options.port)
  const last = lastPort(options.home)
  // Agents were told the old port: come back there, unless somebody else has it now.
  if (last !== undefined && (await isFree(last))) {
    try {
      return await launch(options, last)
    } catch (error) {
      if (!String(error).includes('address already in use')) throw error
    }
  }
  return await launch(options, -1)
}

async function launch(options: BrokerOptions, port: number): Promise<Broker> {
  const { home, config, nats_server, passwords } = options
  mkdirSync(home.broker, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(home.broker)) if (name.endsWith('.ports')) rmSync(join(home.broker, name))
  const settings = {
    port,
    store_dir: join(home.broker, 'store'),
    run_dir: home.broker,
    log_file: brokerLogFile(home),
    durability: config.durability,
    max_bytes: config.max_bytes,
    passwords,
  }
  writeFileAtomic(brokerConfigFile(home), toBrokerConfig(settings), 0o600)
  const child = await spawnServer(nats_server.path, home)
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`))
  })
  const started = await listeningPort(home, child, options)
  if (typeof started !== 'number') {
    const how = await exited
    options.signal?.throwIfAborted()
    throw new BeaconError('broker_failed', `it ${started ?? how}\n${readEndOfLog(brokerLogFile(home))}`)
  }
  writeFileAtomic(join(home.broker, 'port'), `${started}\n`)
  const address = `127.0.0.1:${started}`
  writeBrokerUrls(home.credentials, passwords, address)
  return {
    pid: child.pid as number,
    port: started,
    address,
    exited,
    async stop(hard = false) {
      child.kill(hard ? 'SIGKILL' : 'SIGTERM')
      await exited
    },
  }
}

/** Detached: a Ctrl-C in the terminal of `--foreground` must not end it before the services have flushed. */
async function spawnServer(path: string, home: Home): Promise<ChildProcess> {
  const log = openSync(brokerLogFile(home), 'a', 0o600)
  try {
    const child = spawn(path, ['-c', brokerConfigFile(home)], { detached: true, stdio: ['ignore', log, log] })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) =>
        reject(new BeaconError('broker_failed', `${path} cannot be run: ${error.message}`, { cause: error })),
      )
    })
    return child
  } finally {
    closeSync(log)
  }
}

/**
 * The port, once the server listens; otherwise it has ended, or was ended here, with the reason why. The ports file comes
 * after the socket listens, and not atomically: poll, and read again what does not parse.
 */
async function listeningPort(
  home: Home,
  child: ChildProcess,
  { signal, timeout_ms = 60_000 }: BrokerOptions,
): Promise<number | string | undefined> {
  const end = performance.now() + timeout_ms
  while (child.exitCode === null && child.signalCode === null) {
    const name = readdirSync(home.broker).find((entry) => entry.endsWith(`_${child.pid}.ports`))
    const port = name && parsePorts(join(home.broker, name))
    if (port) return port
    if (signal?.aborted || performance.now() >= end) {
      child.kill(signal?.aborted ? 'SIGTERM' : 'SIGKILL')
      return `did not listen within ${timeout_ms} ms`
    }
    await sleep(5)
  }
  return undefined
}

function parsePorts(file: string): number | undefined {
  try {
    const ports = JSON.parse(readFileSync(file, 'utf8')) as { nats?: string[] }
    return ports.nats?.[0] ? Number(new URL(ports.nats[0]).port) : undefined
  } catch {
    return undefined
  }
}

function lastPort(home: Home): number | undefined {
  try {
    const port = Number(readFileSync(join(home.broker, 'port'), 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const probe = createServer()
  return await new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
